-- :checkhealth autonav
local M = {}

function M.check()
  vim.health.start('autonav')
  if vim.fn.has('nvim-0.11') == 0 then return vim.health.error('Neovim 0.11 or newer is needed') end
  local command = (vim.lsp.config.autonav or {}).cmd or { 'autonav' }
  if vim.fn.executable(command[1]) == 0 then
    return vim.health.error(command[1] .. ' is not found', { 'pip install oppie-autonav', 'or set cmd with vim.lsp.config' })
  end
  vim.health.ok(vim.trim(vim.fn.system({ command[1], '--version' })))
  local clients = vim.lsp.get_clients({ name = 'autonav' })
  if #clients == 0 then return vim.health.warn('no server runs; open a file of a project') end
  for _, client in ipairs(clients) do vim.health.ok('serves ' .. tostring(client.root_dir)) end
end

return M
