-- The language server, for `vim.lsp.enable('autonav')`. Override with `vim.lsp.config('autonav', {...})`.
local autonav = require('autonav')

return {
  cmd = { 'autonav', 'lsp' },
  -- No filetypes: a task may be left through any file.
  root_markers = { '.autonav', 'autonav.toml', '.autonav.toml', '.git' },
  init_options = { trusted = false },
  handlers = {
    ['autonav/status'] = function(_, status) autonav.on_status(status) end,
    ['autonav/candidates'] = function(_, found) autonav.on_candidates(found) end,
  },
}
