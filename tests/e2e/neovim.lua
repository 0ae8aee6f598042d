-- Drives a real, headless Neovim through the whole product; run with `nvim --clean --headless -l`.
local root, command, failing = vim.env.PROJECT, vim.env.AUTONAV, vim.env.FAILING

local function check(ok, what)
  io.stdout:write((ok and 'ok   ' or 'FAIL ') .. what .. '\n')
  if not ok then
    io.stdout:write(vim.fn.execute('messages') .. '\n')
    vim.cmd('cquit 1')
  end
end
local function wait(what, condition, timeout) check(vim.wait(timeout or 20000, condition, 10), what) end
local function sh(text) return vim.fn.system('cd ' .. vim.fn.shellescape(root) .. ' && ' .. text) end
local function read(path) return table.concat(vim.fn.readfile(root .. '/' .. path, 'b'), '\n') end

vim.opt.runtimepath:append(vim.env.PLUGIN)
vim.cmd.source(vim.env.PLUGIN .. '/plugin/autonav.lua')
local autonav = require('autonav')
vim.cmd.filetype('plugin on')
autonav.setup({ cmd = { command, 'lsp' }, trusted = true })
vim.cmd.edit(vim.fn.fnameescape(root .. '/toolz/itertoolz.py'))
local buffer = vim.api.nvim_get_current_buf()
wait('attached', function()
  local client = vim.lsp.get_clients({ bufnr = buffer, name = 'autonav' })[1]
  return client and client.initialized
end)
local client = vim.lsp.get_clients({ bufnr = buffer, name = 'autonav' })[1]
check(client.offset_encoding == 'utf-8', 'positions in ' .. client.offset_encoding)
wait('the server told its status', function() return autonav.status ~= nil end)

-- 1. Lenses on a real file.
local answer = client:request_sync('textDocument/codeLens', { textDocument = { uri = vim.uri_from_bufnr(buffer) } }, 20000, buffer)
check(answer and answer.result, ('%d lenses'):format(answer and #(answer.result or {}) or 0))
local found = {}
for _, lens in ipairs(answer.result) do
  local line = vim.api.nvim_buf_get_lines(buffer, lens.range.start.line, lens.range.start.line + 1, false)[1]
  found[line:match('def%s+([%w_]+)') or '?'] = lens.command.title
end
for name, title in pairs(vim.json.decode(vim.env.LENSES)) do
  check(found[name] == title, ('lens of %s: %s'):format(name, found[name] or 'none'))
end
check(vim.tbl_count(found) == vim.tbl_count(vim.json.decode(vim.env.LENSES)), 'no other lens')

-- 2. The fence: a shell writes two files that are not open.
local function standing() return sh('git status --porcelain=v2; git diff; git diff --cached; git rev-parse HEAD; git stash list') end
local opened = standing()
vim.cmd('AutoNav start toolz/** mend take_nth')
wait('the task is active', function() return autonav.status.task == 'mend take_nth' end)
local before = read('MANIFEST.in')
sh("sed -i '1s/.*/changed by sed/' MANIFEST.in && printf 'x\\r\\n' >> setup.cfg")
local function outside()
  return vim.tbl_filter(function(each) return each.code == 'AN101' end, vim.diagnostic.get(nil))
end
wait('two files outside became diagnostics', function() return #outside() == 2 end)
wait('the status line too', function() return autonav.statusline():find('2 outside', 1, true) ~= nil end)
for _, each in ipairs(outside()) do check(each.code == 'AN101' and each.severity == vim.diagnostic.severity.ERROR, each.message) end
vim.cmd.edit(vim.fn.fnameescape(root .. '/MANIFEST.in'))
vim.lsp.buf_attach_client(0, client.id)
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.lsp.buf.code_action({ filter = function(action) return action.title:find('Put this file back', 1, true) ~= nil end, apply = true })
wait('put back restored the bytes', function() return read('MANIFEST.in') == before end)
wait('and cleared the finding', function() return #outside() == 1 end)
vim.cmd('AutoNav undo')
wait('undo brought the change again', function() return read('MANIFEST.in') ~= before end)
wait('and the finding', function() return #outside() == 2 end)
vim.cmd('AutoNav back MANIFEST.in')
wait('put back by command', function() return #outside() == 1 end)
autonav.call('scope add', { globs = { '/setup.cfg' } })
wait('allow cleared the other', function() return #outside() == 0 end)
sh('git checkout -q setup.cfg')
sh("printf '# a comment\\n' >> toolz/itertoolz.py; echo x > NEW.txt")
vim.cmd('AutoNav review')
local function listed() return vim.fn.getqflist({ title = 0, items = 0 }) end
wait('the review, what nothing asks for first', function()
  local first = listed().items[1]
  return #listed().items == 2 and first.text:find('^Untraced') ~= nil and listed().items[2].text:find('^Mechanical') ~= nil
end)
vim.cmd('cclose')
vim.cmd('AutoNav mark NEW.txt')
wait('a mark', function() return vim.fn.execute('messages'):find('1 of 2 hunks are reviewed', 1, true) ~= nil end)
vim.cmd('AutoNav review')
wait('what was read is left out', function() return #listed().items == 1 and listed().title:find('1 of 2', 1, true) ~= nil end)
vim.cmd('cclose')
vim.cmd.edit(vim.fn.fnameescape(root .. '/toolz/itertoolz.py'))
vim.cmd('AutoNav diff')
wait('the file beside what it was', function() return vim.wo.diff and #vim.api.nvim_tabpage_list_wins(0) == 2 end)
vim.cmd('only | diffoff!')
sh('git checkout -q toolz/itertoolz.py; rm NEW.txt')
sh('echo x > NEW.txt; rm AUTHORS.md')
wait('a new and a deleted file', function() return #outside() == 2 end)
vim.cmd('AutoNav outside')
wait('the quickfix list', function() return #vim.fn.getqflist() >= 2 end)
vim.cmd.cclose()
vim.cmd('AutoNav pause 30')
wait('a pause clears', function() return #outside() == 0 and autonav.statusline() == 'AutoNav paused' end)
vim.cmd('AutoNav resume')
wait('and hides nothing', function() return #outside() == 2 end)
vim.cmd('AutoNav back-all')
wait('all is put back', function() return #outside() == 0 and standing() == opened end)
vim.cmd('AutoNav contract')
wait('the contract is open', function() return vim.api.nvim_buf_get_name(0):match('mend%-take%-nth%.toml$') ~= nil end)
local contract = vim.api.nvim_get_current_buf()
wait('attached to the contract', function() return #vim.lsp.get_clients({ bufnr = contract, name = 'autonav' }) == 1 end)
vim.fn.search('toolz')
local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
local hover = client:request_sync('textDocument/hover', place, 20000, contract).result
check(hover and hover.contents.value:find('matches %*%*%d+ files') ~= nil, 'hover: ' .. (hover and hover.contents.value:match('^[^\n]*') or 'none'))
-- A program's wish is kept for the person, who is not interrupted.
vim.fn.jobstart({ command, 'scope', 'request', '-C', root, 'docs/**', '--reason', 'a page' })
wait('a request became a question', function() return #autonav.questions == 1 end)
vim.ui.select = function(items, _, done) done(vim.tbl_filter(function(each) return each.title == 'Decline' end, items)[1]) end
vim.cmd('AutoNav answer')
wait('and is answered', function() return autonav.status.requests == 0 end)
vim.cmd('AutoNav finish')
wait('finished', function() return autonav.status.task == vim.NIL or autonav.status.task == nil end)

-- 3. A failing test ends in a branch.
local standing_before = standing()
vim.cmd.edit(vim.fn.fnameescape(root .. '/' .. failing:match('^[^:]+')))
vim.fn.search('def ' .. failing:match('([%w_]+)$'), 'w')
wait('attached to the test', function() return #vim.lsp.get_clients({ bufnr = 0, name = 'autonav' }) == 1 end)
local progress = {}
vim.api.nvim_create_autocmd('LspProgress', { callback = function(event) table.insert(progress, event.data.params.value) end })
local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
params.context = { diagnostics = {} }
local actions = client:request_sync('textDocument/codeAction', params, 20000, 0).result
check(actions[1] and actions[1].title:find('Find a fix', 1, true) ~= nil, 'action: ' .. (actions[1] or {}).title)
client:exec_cmd(actions[1].command, { bufnr = 0 })
wait('a candidate is verified', function() return #autonav.candidates > 0 end, 120000)
local last = progress[#progress] and progress[#progress].message or ''
check(#progress > 2, ('%d progress messages, the last: %s'):format(#progress, last))
check(autonav.candidates[1].verified, autonav.candidates[1].title)
vim.cmd('AutoNav apply')
wait('the branch stands', function() return sh('git branch --list "autonomous/*"') ~= '' end)
check(standing() == standing_before, 'status, both diffs, HEAD and stash are byte-identical')

-- 4. A search that is cancelled leaves nothing.
local server = vim.api.nvim_get_proc_children(vim.fn.getpid())[1]
local function below() return #vim.api.nvim_get_proc_children(server) end
local at_rest, token = below(), nil
vim.api.nvim_create_autocmd('LspProgress', { callback = function(event)
  local said = event.data.params.value.message or ''
  if said:find('tried', 1, true) then token = event.data.params.token end
end })
client:request('workspace/executeCommand', { command = 'autonav.explore', arguments = {
  { test = failing, strategy = 'random', stop_after = 10, seconds = 300, worktree = root },
} }, function() end)
wait('a search in its middle', function() return token ~= nil end, 60000)
check(below() > at_rest, 'it has processes')
client:notify('window/workDoneProgress/cancel', { token = token })
wait('cancelled, they are gone', function() return below() == at_rest end, 5000)
wait('and nothing runs there', function() return sh('pgrep -fc "pytest.*$PWD"'):match('%d+') == '0' end, 5000)

local function children() return #vim.api.nvim_get_proc_children(vim.fn.getpid()) end
wait('the server is our one child', function() return children() == 1 end)
client:stop()
wait('stopped', function() return client:is_stopped() end)
wait('no server process is left', function() return children() == 0 end)
io.stdout:write('ALL OK\n')
vim.cmd('qall!')
