-- AutoNav for Neovim: the verbs of :AutoNav, and what the server tells.
local operations = require('autonav.operations')

local M = { status = nil, candidates = {}, questions = {} }

--- Configure and enable the server. `options` go to `vim.lsp.config`; `trusted` lets it run tests.
function M.setup(options)
  options = options or {}
  if options.lenses ~= nil then vim.g.autonav_lenses = options.lenses end
  options.lenses = nil
  local trusted = options.trusted
  options.trusted = nil
  options.init_options = { trusted = trusted, shows_candidates = true }
  vim.lsp.config('autonav', options)
  vim.lsp.enable('autonav')
end

--- Show code lenses, which Neovim does not by itself; `vim.g.autonav_lenses = false` says no.
function M.show_lenses(buffer)
  if vim.g.autonav_lenses == false then return end
  if vim.lsp.codelens.enable then return vim.lsp.codelens.enable(true, { bufnr = buffer }) end
  local refresh = function() vim.lsp.codelens.refresh({ bufnr = buffer }) end -- before 0.12
  vim.api.nvim_create_autocmd({ 'BufEnter', 'CursorHold', 'InsertLeave' }, { buffer = buffer, callback = refresh })
  refresh()
end

--- The task in a few words, for a status line: `%{%v:lua.require'autonav'.statusline()%}`.
function M.statusline()
  local status = M.status
  if status and status.paused_until and status.paused_until ~= vim.NIL then return 'AutoNav paused' end
  if not status or not status.task or status.task == vim.NIL then return '' end
  local outside = status.outside > 0 and (' · %d outside'):format(status.outside) or ''
  return ('AutoNav ● %s %d files%s'):format(status.slug, status.files_changed, outside)
end

function M.on_status(status)
  M.status = status
  vim.api.nvim_exec_autocmds('User', { pattern = 'AutoNavStatus', data = status })
  vim.cmd.redrawstatus()
end

function M.on_candidates(found)
  M.candidates = found.candidates
  vim.api.nvim_exec_autocmds('User', { pattern = 'AutoNavCandidates', data = found })
end

--- Keep a question of the server's for `:AutoNav answer`: nobody is interrupted while they type.
function M.on_question(question)
  local waiting = coroutine.running()
  table.insert(M.questions, {
    message = question.message,
    actions = question.actions,
    answer = function(action) coroutine.resume(waiting, action or vim.NIL) end,
  })
  vim.notify(question.message .. '  (:AutoNav answer)')
  return coroutine.yield()
end

--- The running client, or an error that says what to do.
local function client()
  local found = vim.lsp.get_clients({ name = 'autonav', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'autonav' })[1]
  if not found then error('AutoNav: no server runs; open a file of the project, and see :checkhealth autonav', 0) end
  return found
end

--- Call an operation by its words; `done` gets the result.
function M.call(words, params, done)
  local server = client()
  params = vim.tbl_extend('keep', params or {}, { worktree = server.root_dir })
  server:request('workspace/executeCommand', { command = operations[words].command, arguments = { params } }, function(failure, result)
    if failure then
      vim.notify('AutoNav: ' .. failure.message, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end)
end

local function say(message) vim.notify('AutoNav: ' .. message) end

local function lines_of(text) return vim.split(text, '\n', { trimempty = true }) end

--- Show text in a scratch window.
local function show(text, filetype)
  vim.cmd('botright new')
  vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile, vim.bo.filetype = 'nofile', 'wipe', false, filetype
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines_of(text))
  vim.bo.modifiable = false
end

--- The pytest id of the test around a line, from the names above it.
local function test_at(line)
  local lines = vim.api.nvim_buf_get_lines(0, 0, line, false)
  for number = #lines, 1, -1 do
    local indent, name = lines[number]:match('^(%s*)a?s?y?n?c?%s*def%s+(test[%w_]*)')
    if name then
      local path = vim.fs.relpath(client().root_dir, vim.api.nvim_buf_get_name(0))
      for above = number - 1, 1, -1 do
        local outer, class = lines[above]:match('^(%s*)class%s+([%w_]+)')
        if #indent > 0 and class and #outer < #indent then return table.concat({ path, class, name }, '::') end
      end
      return path .. '::' .. name
    end
  end
end

local verbs = {}

--- :AutoNav start GLOB[,GLOB...] what is to be done
function verbs.start(words)
  local globs = table.remove(words, 1)
  if not globs or #words == 0 then return say('usage: AutoNav start GLOB[,GLOB] what is to be done') end
  local params = { task = table.concat(words, ' '), edit = vim.split(globs, ',') }
  M.call('start', params, function(result)
    say(('task %s: %d files in scope'):format(result.contract.slug, result.files_in_scope))
  end)
end

function verbs.finish()
  M.call('finish', {}, function(result)
    say(('finished: %d files changed, %d outside'):format(#result.files_changed, #result.outside))
  end)
end

function verbs.status()
  M.call('status', {}, function(result)
    M.on_status(result)
    say(M.statusline() ~= '' and M.statusline() or 'no task is active')
  end)
end

--- Put what lies outside the task into the quickfix list.
function verbs.outside()
  M.call('check', {}, function(result)
    local root = client().root_dir
    local items = vim.tbl_map(function(finding)
      return {
        filename = vim.fs.joinpath(root, finding.path),
        lnum = finding.line,
        end_lnum = finding.end_line,
        type = finding.severity:sub(1, 1):upper(),
        text = finding.code .. ' ' .. finding.message,
      }
    end, result.findings)
    vim.fn.setqflist({}, ' ', { title = 'AutoNav: outside the task', items = items })
    if #items > 0 then vim.cmd.copen() else say('nothing lies outside the task') end
  end)
end

--- Put the hunks of the change into the quickfix list, in the order in which to read them; `all` shows the reviewed too.
function verbs.review(words)
  M.call('review', { unread = words[1] ~= 'all' }, function(result)
    local items = {}
    for _, group in ipairs(result.groups) do
      for _, hunk in ipairs(group.hunks) do
        local codes = #hunk.codes > 0 and table.concat(hunk.codes, ' ') .. ' ' or ''
        table.insert(items, {
          filename = vim.fs.joinpath(result.root, hunk.path),
          lnum = hunk.line,
          end_lnum = hunk.end_line,
          text = ('%s%s: +%d -%d %s%s'):format(hunk.reviewed and '[x] ' or '', group.title, hunk.added, hunk.removed, codes, hunk.why),
        })
      end
    end
    local title = ('AutoNav: %d of %d hunks reviewed'):format(result.reviewed, result.hunks)
    vim.fn.setqflist({}, ' ', { title = title, items = items })
    if #items > 0 then vim.cmd.copen() else say('nothing is left to review') end
  end)
end

--- Mark hunks as reviewed: those named, or the one at the cursor; `unmark` takes the mark off.
local function mark(words, line, remove)
  local here = ('%s:%d'):format(vim.api.nvim_buf_get_name(0), line or vim.api.nvim_win_get_cursor(0)[1])
  M.call('review mark', { hunks = #words > 0 and words or { here }, remove = remove }, function(result)
    say(('%d of %d hunks are reviewed'):format(result.reviewed, result.hunks))
  end)
end

function verbs.mark(words, line) mark(words, line, false) end

function verbs.unmark(words, line) mark(words, line, true) end

--- Show the file of this buffer beside what it was, for `]c` and `[c`; `:diffoff!` ends it.
function verbs.diff()
  local here, kind = vim.api.nvim_get_current_win(), vim.bo.filetype
  M.call('review base', { path = vim.api.nvim_buf_get_name(0) }, function(result)
    local was = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_lines(was, 0, -1, false, vim.split((result.text:gsub('\n$', '')), '\n'))
    vim.bo[was].filetype, vim.bo[was].modifiable, vim.bo[was].bufhidden = kind, false, 'wipe'
    for _, window in ipairs({ vim.api.nvim_open_win(was, false, { split = 'left', win = here }), here }) do
      vim.api.nvim_win_call(window, vim.cmd.diffthis)
    end
  end)
end

--- Put files back: those named, or the file of this buffer.
function verbs.back(words)
  local root = client().root_dir
  local paths = #words > 0 and words or { vim.fs.relpath(root, vim.api.nvim_buf_get_name(0)) }
  M.call('put-back', { paths = paths }, function(result)
    say(('put back: %s'):format(table.concat(vim.list_extend(result.restored, result.deleted), ', ')))
    vim.cmd.checktime()
  end)
end

--- Put everything that lies outside back.
verbs['back-all'] = function()
  M.call('put-back', { all = true }, function(result)
    say(('put back: %d files; :AutoNav undo brings them again'):format(#result.restored + #result.deleted))
    vim.cmd.checktime()
  end)
end

--- Allow globs, or the file of this buffer.
function verbs.allow(words)
  local globs = #words > 0 and words or { '/' .. vim.fs.relpath(client().root_dir, vim.api.nvim_buf_get_name(0)) }
  M.call('scope add', { globs = globs }, function(result)
    say(('task %s may now edit %s'):format(result.contract.slug, table.concat(result.contract.scope.edit, ', ')))
  end)
end

--- Say which line decides on a path, or on the file of this buffer.
function verbs.why(words)
  M.call('why', { path = words[1] or vim.api.nvim_buf_get_name(0) }, function(result) say(result.explanation) end)
end

--- Pause for so many minutes, 30 by default.
function verbs.pause(words)
  M.call('pause', { minutes = tonumber(words[1] or 30) }, function(result) say('paused: ' .. result.slug) end)
end

function verbs.resume(words)
  M.call('resume', { task = words[1] }, function(result) say(('task %s binds again'):format(result.contract.slug)) end)
end

--- Open the contract of the active task.
function verbs.contract()
  M.call('status', {}, function(result)
    if not result.slug or result.slug == vim.NIL then return say('no task is active') end
    vim.cmd.edit(vim.fn.fnameescape(vim.fs.joinpath(result.root, '.autonav/tasks', result.slug .. '.toml')))
  end)
end

function verbs.undo()
  M.call('undo', {}, function(result)
    say('undone: ' .. table.concat(result.paths, ', '))
    vim.cmd.checktime()
  end)
end

--- Find a fix for the test named, or the one around the cursor; `how` has other parameters of the operation.
function verbs.explore(words, line, how)
  local test = words[1] or test_at(line or vim.api.nvim_win_get_cursor(0)[1])
  if not test then return say('the cursor is in no test; name one: AutoNav explore tests/test_x.py::test_y') end
  M.call('explore', vim.tbl_extend('error', how or {}, { test = test }), function(result)
    M.candidates = result.candidates
    say(result.explanation)
    if #result.candidates > 0 then verbs.candidates() end
  end)
end

--- Find a fix in another way: `mcts`, `hill`, `enumerate`, `random`, or `ask` your proposers.
verbs['explore-with'] = function(words, line)
  local how = words[1] == 'ask' and { ask = true } or { strategy = words[1] or 'mcts' }
  verbs.explore(vim.list_slice(words, 2), line, how)
end

--- End the searches that run, with what they have found.
function verbs.stop(words)
  M.call('stop', { run = words[1] }, function(result) say('told to stop: ' .. table.concat(result.runs, ', ')) end)
end

--- Answer the oldest question of the server.
function verbs.answer()
  local question = table.remove(M.questions, 1)
  if not question then return say('nothing is asked') end
  local how = { prompt = question.message, format_item = function(each) return each.title end }
  vim.ui.select(question.actions, how, vim.schedule_wrap(question.answer))
end

--- Run the tests named, all by default, in a sandbox; `old` runs those of the base on the new code.
function verbs.validate(words)
  local old = words[1] == 'old'
  M.call('validate', { tests = old and vim.list_slice(words, 2) or words, old_tests = old })
end

--- Show what the last search tried.
verbs['explain-search'] = function(words) M.call('explain-search', { run = words[1] }) end

--- Look for better settings in what was recorded; the evidence has the change of the settings file, which nothing applies.
verbs['self-improve'] = function(words)
  M.call('self-improve', { live = words[1] == 'live' }, function(result)
    say(result.explanation)
    vim.cmd.split(vim.fn.fnameescape(result.evidence))
  end)
end

--- Choose among verified candidates, read the diff, apply one.
function verbs.candidates()
  M.call('candidates', {}, function(result)
    M.candidates = result.candidates
    if #result.candidates == 0 then return say('there are no candidates; find some with :AutoNav explore') end
    vim.ui.select(result.candidates, {
      prompt = 'Verified candidates',
      format_item = function(each)
        return ('%s  %s:%d  %d of %d tests'):format(each.title, each.path, each.line, each.tests.passed, each.tests.collected)
      end,
    }, function(chosen)
      if chosen then show(chosen.diff .. '\n# apply it: :AutoNav apply ' .. chosen.id, 'diff') end
    end)
  end)
end

function verbs.apply(words)
  local id = words[1] or (M.candidates[1] and M.candidates[1].id)
  if not id then return say('name a candidate: AutoNav apply ID') end
  M.call('apply', { candidate = id }, function(result)
    say(('%s is at %s; your files are as they were'):format(result.branch, result.commit:sub(1, 12)))
  end)
end

function verbs.complexity()
  M.call('complexity', { top = 100 }, function(result)
    local root = client().root_dir
    local items = vim.tbl_map(function(each)
      local text = ('cognitive %d, cyclomatic %d  %s'):format(each.cognitive, each.cyclomatic, each.name)
      return { filename = vim.fs.joinpath(root, each.path), lnum = each.line, text = text }
    end, result.functions)
    vim.fn.setqflist({}, ' ', { title = 'AutoNav: most complex functions', items = items })
    vim.cmd.copen()
  end)
end

function verbs.route()
  M.call('route', {}, function(result) say(result.explanation) end)
end

function verbs.trust()
  M.call('trust', {}, function(result) say(result.root .. ' is trusted: its tests may run in a sandbox') end)
end

--- The names of all verbs, sorted.
function M.verbs()
  local names = vim.tbl_keys(verbs)
  table.sort(names)
  return names
end

--- Run one verb with its words.
function M.run(words, line)
  local verb = table.remove(words, 1)
  if not verbs[verb] then return say(('no verb %s; there are %s'):format(verb, table.concat(M.verbs(), ', '))) end
  verbs[verb](words, line)
end

return M
