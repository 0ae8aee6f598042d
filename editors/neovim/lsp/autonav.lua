-- The language server, for `vim.lsp.enable('autonav')`. Override with `vim.lsp.config('autonav', {...})`.
local autonav = require('autonav')

return {
  cmd = { 'autonav', 'lsp' },
  -- No filetypes: a task may be left through any file, but only through a file.
  root_dir = function(buffer, attach)
    if vim.bo[buffer].buftype ~= '' or vim.api.nvim_buf_get_name(buffer) == '' then return end
    local root = vim.fs.root(buffer, { '.autonav', 'autonav.toml', '.autonav.toml', '.git' })
    if root then attach(root) end
  end,
  init_options = { trusted = false },
  on_attach = function(_, buffer) autonav.show_lenses(buffer) end,
  handlers = {
    ['autonav/status'] = function(_, status) autonav.on_status(status) end,
    ['window/showMessageRequest'] = function(_, question) return autonav.on_question(question) end,
    ['autonav/candidates'] = function(_, found) autonav.on_candidates(found) end,
  },
}
