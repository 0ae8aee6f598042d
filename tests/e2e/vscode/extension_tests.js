// The whole product inside the real extension host, on a real project; loaded by run_tests.js.
const assert = require("node:assert");
const { execSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const root = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const file = (name) => vscode.Uri.file(path.join(root(), name));
const sh = (text) => execSync(text, { cwd: root(), encoding: "latin1" });
const known = JSON.parse(fs.readFileSync(path.join(__dirname, "expected.json"), "utf8"));

async function until(what, condition, milliseconds = 60000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const findings = (uri) => vscode.languages.getDiagnostics(uri).filter((each) => each.source === "autonav");
const code = (diagnostic) => diagnostic.code.value ?? diagnostic.code;
const standing = () => sh("git status --porcelain=v2; git diff; git diff --cached; git rev-parse HEAD; git stash list");
const opened = standing();

const tests = {
  async "the extension starts the server"() {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file(known.source)));
    const extension = vscode.extensions.getExtension("oppie.autonav");
    await until("active", () => extension.isActive);
    await until("commands of the server", async () => (await vscode.commands.getCommands()).includes("autonav.start"));
  },
  async "lenses of a real file"() {
    const document = vscode.window.activeTextEditor.document;
    const lenses = await until("lenses", async () => {
      const found = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", document.uri, 100);
      const ours = found.filter((lens) => lens.command?.command === "autonav.ui.showComplexity");
      return ours.length && ours;
    });
    const titles = Object.fromEntries(lenses.map((lens) => {
      const name = /def\s+(\w+)/.exec(document.lineAt(lens.range.start.line).text)[1];
      return [name, lens.command.title];
    }));
    assert.deepStrictEqual(titles, known.lenses);
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, lenses[0].range.start);
    assert(hovers.some((hover) => hover.contents.some((each) => each.value.includes("cognitive 22"))));
  },
  async "a shell write outside is found, put back and allowed"() {
    await vscode.commands.executeCommand("autonav.start", { task: "mend take_nth", edit: ["toolz/**"] });
    const before = fs.readFileSync(file("AUTHORS.md").fsPath);
    sh("sed -i '1s/.*/changed by sed/' AUTHORS.md && printf 'x\\r\\n' >> setup.cfg");
    const [found] = await until("a finding in an unopened file", () => {
      const ours = findings(file("AUTHORS.md"));
      return ours.length && ours;
    });
    assert.strictEqual(code(found), "AN101");
    assert.strictEqual(found.severity, vscode.DiagnosticSeverity.Error);
    await until("the other", () => findings(file("setup.cfg")).length);
    await act(file("AUTHORS.md"), "Put this file back");
    await until("the bytes", () => fs.readFileSync(file("AUTHORS.md").fsPath).equals(before));
    await until("cleared", () => !findings(file("AUTHORS.md")).length);
    await act(file("setup.cfg"), "Allow this file");
    await until("allowed", () => !findings(file("setup.cfg")).length);
    sh("git checkout -q setup.cfg");
  },
  async "what is saved here only informs"() {
    const uri = file("MANIFEST.in");
    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "# mine\n"));
    await editor.document.save();
    const [found] = await until("information", () => findings(uri).length && findings(uri));
    assert.strictEqual(found.severity, vscode.DiagnosticSeverity.Information);
  },
  async "pause, resume, put all back, without a dialog"() {
    await vscode.commands.executeCommand("autonav.pause", { minutes: 30 });
    await until("silent", () => !findings(file("MANIFEST.in")).length);
    await vscode.commands.executeCommand("autonav.ui.resume");
    await until("heard again", () => findings(file("MANIFEST.in")).length);
    sh("echo x > NEW.txt");
    await until("the new file", () => findings(file("NEW.txt")).length);
    void vscode.commands.executeCommand("autonav.ui.putBackAll");
    await until("all back", () => !findings(file("MANIFEST.in")).length && !findings(file("NEW.txt")).length);
    assert(!fs.existsSync(file("NEW.txt").fsPath));
    assert.strictEqual(standing(), opened);
  },
  async "the review has an order, and remembers what was read"() {
    sh(`printf '# a comment\\n' >> ${known.source}; echo x > NEW.txt`);
    const groups = await vscode.commands.executeCommand("autonav.ui.review");
    assert.deepStrictEqual(groups.map((each) => each.hunks.map((hunk) => hunk.path)), [["NEW.txt"], [known.source]]);
    assert(groups[0].label.startsWith("Untraced") && groups[1].label.startsWith("Mechanical"), groups.map((each) => each.label).join());
    const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file(known.source)));
    const line = groups[1].hunks[0].line - 1;
    editor.selection = new vscode.Selection(line, 0, line, 0);
    await vscode.commands.executeCommand("autonav.ui.markReviewed");
    const again = await vscode.commands.executeCommand("autonav.ui.refreshReview");
    assert.deepStrictEqual(again.map((each) => each.hunks.map((hunk) => hunk.reviewed)), [[false], [true]]);
    sh(`git checkout -q ${known.source}; rm NEW.txt`);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    assert.strictEqual(standing(), opened);
  },
  async "the contract file completes and explains"() {
    await vscode.commands.executeCommand("autonav.ui.openContract");
    const document = vscode.window.activeTextEditor.document;
    const line = document.getText().split("\n").findIndex((each) => each.includes("toolz/**"));
    const at = new vscode.Position(line, document.lineAt(line).text.indexOf("toolz") + 1);
    const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, at);
    assert(hovers.some((hover) => hover.contents.some((each) => /matches \*\*\d+ files/.test(each.value))));
    const items = (await vscode.commands.executeCommand("vscode.executeCompletionItemProvider", document.uri, at)).items;
    assert(items.some((item) => (item.label.label ?? item.label) === "toolz/**"), JSON.stringify(items.slice(0, 5)));
    await vscode.commands.executeCommand("autonav.finish", {});
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  },
  async "a change of 300 files is audited live, ordered, and compared with what was"() {
    await vscode.commands.executeCommand("autonav.start", { task: known.large.task, edit: known.large.edit, files: 0, lines: 0 });
    sh(`cp -r '${known.large.after}/.' .`);
    const weakened = await until("the weakened test", () => findings(file("checks/test_receipts.py")).find((each) => code(each) === "AN701"));
    assert.strictEqual(weakened.severity, vscode.DiagnosticSeverity.Warning);
    const groups = await vscode.commands.executeCommand("autonav.ui.review");
    const paths = groups.map((group) => [...new Set(group.hunks.map((hunk) => hunk.path))]);
    assert.strictEqual(new Set(paths.flat()).size, known.large.files);
    assert.deepStrictEqual(paths.slice(0, 3), [["shop/colours.py"], ["checks/test_receipts.py", "shop/export.py"], ["shop/receipts.py"]]);
    assert.deepStrictEqual(groups.slice(3).map((group) => group.label), ["Mechanical"]);
    const [hunk] = groups[0].hunks;
    await vscode.commands.executeCommand("autonav.ui.compare", root(), hunk);
    const { input } = vscode.window.tabGroups.activeTabGroup.activeTab;
    const was = (await vscode.workspace.openTextDocument(input.original)).getText();
    assert.strictEqual(was, sh("git show HEAD:shop/colours.py"));
    assert.strictEqual(input.modified.fsPath, file("shop/colours.py").fsPath);
    assert.strictEqual(vscode.window.activeTextEditor.selection.start.line, hunk.line - 1);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    sh("git checkout -q -- shop checks");
    await until("cleared", () => !findings(file("checks/test_receipts.py")).length);
    await vscode.commands.executeCommand("autonav.finish", {});
    assert.strictEqual(standing(), opened);
  },
  async "a failing test ends in a branch"() {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const before = standing();
    const uri = file(known.failing.split("::")[0]);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const line = document.getText().slice(0, document.getText().indexOf("def test_take_nth(")).split("\n").length - 1;
    const action = await until("the action", async () => (await actions(uri, new vscode.Range(line, 4, line, 4))).find((each) => each.title.startsWith("Find a fix")));
    const found = await vscode.commands.executeCommand(action.command.command, ...action.command.arguments);
    assert(found.candidates[0].verified, found.explanation);
    const source = file(known.source);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(source));
    const at = new vscode.Range(found.candidates[0].line - 1, 0, found.candidates[0].line - 1, 0);
    const apply = await until("the candidate's action", async () => (await actions(source, at)).find((each) => each.title.startsWith("Apply fix on autonomous/")));
    const applied = await vscode.commands.executeCommand(apply.command.command, ...apply.command.arguments);
    assert(sh("git branch --list 'autonomous/*'").includes(applied.branch));
    assert.strictEqual(standing(), before);
  },
  async "a restart brings everything again"() {
    await vscode.commands.executeCommand("autonav.ui.restart");
    const uri = file(known.source);
    await until("lenses", async () => (await vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri, 100)).length >= 5);
  },
};

async function actions(uri, range) {
  return vscode.commands.executeCommand("vscode.executeCodeActionProvider", uri, range);
}

async function act(uri, title) {
  await vscode.workspace.openTextDocument(uri);
  const chosen = await until(title, async () => (await actions(uri, findings(uri)[0].range)).find((each) => each.title.startsWith(title)));
  await vscode.commands.executeCommand(chosen.command.command, ...chosen.command.arguments);
}

exports.run = async function () {
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}: ${error.stack}`);
    }
  }
  console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
  if (failed) throw new Error(`${failed} failed`);
};
