-- :AutoNav VERB: the operations of the server as one command with completion.
if vim.g.loaded_autonav then return end
vim.g.loaded_autonav = true

vim.api.nvim_create_user_command('AutoNav', function(options)
  require('autonav').run(options.fargs, options.range > 0 and options.line1 or nil)
end, {
  nargs = '+',
  range = true,
  desc = 'AutoNav: fence a task, put changes back, find fixes; :help autonav',
  complete = function(lead, line)
    if #vim.split(line, '%s+') > 2 then return {} end
    return vim.tbl_filter(function(verb) return vim.startswith(verb, lead) end, require('autonav').verbs())
  end,
})

vim.lsp.commands['autonav.ui.showComplexity'] = function(command)
  vim.api.nvim_win_set_cursor(0, { command.arguments[2] + 1, 0 })
  vim.lsp.buf.hover()
end
