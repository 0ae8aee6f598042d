// The commands of the palette: they gather what the server's operation needs, and call it.
import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { pickCandidate, showCandidates } from "./candidates";
import { selfImprove } from "./improve";
import type { ExploreParams, Operations, StatusResult } from "./protocol.gen";

export interface Session {
  /** The running client; throws where there is none. */
  client(): LanguageClient;
  status(): StatusResult | undefined;
}

/** Run an operation of the server on the worktree that is being looked at. */
export async function call<Name extends keyof Operations>(
  session: Session,
  name: Name,
  params: Operations[Name][0],
): Promise<Operations[Name][1]> {
  const worktree = params.worktree ?? currentFolder();
  return session.client().sendRequest("workspace/executeCommand", { command: name, arguments: [{ ...params, worktree }] });
}

/** Return the handlers of all `autonav.ui` commands that need the server. */
export function commands(session: Session): Record<string, (...args: never[]) => Promise<void>> {
  return {
    "autonav.ui.start": () => start(session),
    "autonav.ui.finish": async () => {
      const done = await call(session, "autonav.finish", {});
      say(`finished: ${done.files_changed.length} files changed, ${done.outside.length} outside`);
    },
    "autonav.ui.pause": () => pause(session),
    "autonav.ui.resume": async () => {
      const resumed = await call(session, "autonav.resume", {});
      say(`task ${resumed.contract.slug} binds again`);
    },
    "autonav.ui.status": () => showMenu(session),
    "autonav.ui.why": (uri?: vscode.Uri) => why(session, uri),
    "autonav.ui.allowFile": async (uri?: vscode.Uri) => {
      const file = chosenFile(uri);
      if (file) await call(session, "autonav.scope.add", { globs: [`/${relative(file)}`], worktree: file.fsPath });
    },
    "autonav.ui.putBackFile": async (uri?: vscode.Uri) => {
      const file = chosenFile(uri);
      if (!file) return;
      await call(session, "autonav.put-back", { paths: [file.fsPath], worktree: file.fsPath });
      await offerUndo(session, `put back: ${relative(file)}`);
    },
    "autonav.ui.openContract": () => openContract(session),
    "autonav.ui.outside": () => showOutside(),
    "autonav.ui.putBackAll": () => putBackAll(session),
    "autonav.ui.undo": async () => {
      const done = await call(session, "autonav.undo", {});
      say(`undone: ${done.paths.join(", ")}`);
    },
    "autonav.ui.explore": () => explore(session),
    "autonav.ui.exploreWith": () => exploreWith(session),
    "autonav.ui.stop": async () => say(`told to stop: ${(await call(session, "autonav.stop", {})).runs.join(", ")}`),
    "autonav.ui.validate": async () => void (await call(session, "autonav.validate", {})),
    "autonav.ui.validateOld": async () => void (await call(session, "autonav.validate", { old_tests: true })),
    "autonav.ui.explainSearch": async () => void (await call(session, "autonav.explain-search", {})),
    "autonav.ui.candidates": async () => {
      const found = await call(session, "autonav.candidates", {});
      await pickCandidate(session, found.candidates);
    },
    "autonav.ui.selfImprove": () => selfImprove(session),
    "autonav.ui.complexity": () => showComplex(session),
    "autonav.ui.route": async () => say((await call(session, "autonav.route", {})).explanation),
    "autonav.ui.trust": async () => {
      await call(session, "autonav.trust", {});
      say("this worktree's tests may now run in a sandbox");
    },
    "autonav.ui.showComplexity": (uri: string, line: number) => showBreakdown(uri, line),
  };
}

async function start(session: Session): Promise<void> {
  const task = await vscode.window.showInputBox({ title: "AutoNav: Start Task", prompt: "What is to be done?", ignoreFocusOut: true });
  if (!task) return;
  const globs = await vscode.window.showInputBox({
    title: "AutoNav: Start Task",
    prompt: "Which files may it touch? Globs, separated by commas.",
    value: suggestedGlob(),
    ignoreFocusOut: true,
  });
  if (!globs) return;
  const edit = globs.split(",").map((glob) => glob.trim()).filter(Boolean);
  const started = await call(session, "autonav.start", { task, edit });
  say(`task ${started.contract.slug}: ${started.files_in_scope} files in scope`);
}

async function showMenu(session: Session): Promise<void> {
  const status = session.status();
  const items = [
    { label: "$(list-unordered) Show files outside the task", command: "autonav.ui.outside" },
    { label: "$(discard) Put all files outside back", command: "autonav.ui.putBackAll" },
    { label: "$(history) Undo the last write", command: "autonav.ui.undo" },
    { label: "$(go-to-file) Open the contract", command: "autonav.ui.openContract" },
    { label: "$(debug-pause) Pause the task", command: "autonav.ui.pause" },
    { label: "$(git-branch) Route this task", command: "autonav.ui.route" },
    { label: "$(check) Finish the task", command: "autonav.ui.finish" },
  ];
  const title = status?.task ? `AutoNav: ${status.task}` : "AutoNav";
  const chosen = await vscode.window.showQuickPick(items, { title });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

/** Return our findings of scope, by file. */
function outside(): { uri: vscode.Uri; diagnostic: vscode.Diagnostic }[] {
  return vscode.languages
    .getDiagnostics()
    .flatMap(([uri, found]) => found.filter((each) => each.source === "autonav").map((diagnostic) => ({ uri, diagnostic })));
}

async function showOutside(): Promise<void> {
  const items = outside().map(({ uri, diagnostic }) => ({
    label: vscode.workspace.asRelativePath(uri),
    description: diagnostic.message,
    uri,
    range: diagnostic.range,
  }));
  if (!items.length) return say("nothing lies outside the task");
  const chosen = await vscode.window.showQuickPick(items, { title: "Files outside the task", matchOnDescription: true });
  if (chosen) await vscode.window.showTextDocument(chosen.uri, { selection: chosen.range });
}

async function putBackAll(session: Session): Promise<void> {
  const put = await call(session, "autonav.put-back", { all: true });
  await offerUndo(session, `put back: ${put.restored.length + put.deleted.length} files`);
}

/** Say what was written, with the way back beside it; nothing waits for the answer. */
async function offerUndo(session: Session, message: string): Promise<void> {
  const undo = "Undo";
  if ((await vscode.window.showInformationMessage(`AutoNav: ${message}`, undo)) === undo) {
    await call(session, "autonav.undo", {});
  }
}

async function pause(session: Session): Promise<void> {
  const items = [
    { label: "30 minutes", minutes: 30 },
    { label: "2 hours", minutes: 120 },
    { label: "Until I resume it", minutes: 0 },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "AutoNav: Pause Task", placeHolder: "What changes meanwhile is judged afterwards" });
  if (!chosen) return;
  const paused = await call(session, "autonav.pause", { minutes: chosen.minutes });
  say(`task ${paused.slug} is paused`);
}

async function why(session: Session, uri?: vscode.Uri): Promise<void> {
  const file = chosenFile(uri);
  if (!file) return;
  const decided = await call(session, "autonav.why", { path: file.fsPath, worktree: file.fsPath });
  const open = "Open the Line";
  const chosen = await vscode.window.showInformationMessage(`AutoNav: ${decided.explanation}`, ...(decided.source ? [open] : []));
  if (chosen === open) await call(session, "autonav.why", { path: file.fsPath, worktree: file.fsPath, show: true });
}

async function openContract(session: Session): Promise<void> {
  const status = session.status();
  if (!status?.slug) return say("no task is active");
  const uri = vscode.Uri.file(path.join(status.root, ".autonav", "tasks", `${status.slug}.toml`));
  await vscode.window.showTextDocument(uri);
}

function chosenFile(uri?: vscode.Uri): vscode.Uri | undefined {
  const file = uri ?? vscode.window.activeTextEditor?.document.uri;
  return file?.scheme === "file" ? file : undefined;
}

function relative(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri, false);
}

async function explore(session: Session, how: Partial<ExploreParams> = {}): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const test = await vscode.window.showInputBox({
    title: "AutoNav: Find a Fix",
    prompt: "The failing test, as its runner names it.",
    value: editor ? await testAtCursor(editor) : "",
    ignoreFocusOut: true,
  });
  if (!test) return;
  const found = await call(session, "autonav.explore", { ...how, test });
  await showCandidates(session, found.candidates);
}

/** Search in another way than by default. */
async function exploreWith(session: Session): Promise<void> {
  const items: (vscode.QuickPickItem & { how: Partial<ExploreParams> })[] = [
    { label: "Likeliest edits first, then below what helped", description: "staged", how: { strategy: "staged" } },
    { label: "The same, and ask my proposers", description: "staged, ask", how: { strategy: "staged", ask: true } },
    { label: "Likeliest single edits alone", description: "enumerate", how: { strategy: "enumerate" } },
    { label: "Tree search", description: "mcts", how: { strategy: "mcts" } },
    { label: "Hill climbing", description: "hill", how: { strategy: "hill" } },
    { label: "At random", description: "random", how: { strategy: "random" } },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "AutoNav: Explore With", matchOnDescription: true });
  if (chosen) await explore(session, chosen.how);
}

async function showComplex(session: Session): Promise<void> {
  const measured = await call(session, "autonav.complexity", { top: 50 });
  const items = measured.functions.map((each) => ({
    label: each.name,
    description: `cognitive ${each.cognitive} · cyclomatic ${each.cyclomatic} · nesting ${each.nesting}`,
    detail: `${each.path}:${each.line}`,
    each,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Most complex functions", matchOnDetail: true });
  if (!chosen) return;
  const uri = vscode.Uri.file(path.join(currentFolder() ?? "", chosen.each.path));
  const at = new vscode.Position(chosen.each.line - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}

async function showBreakdown(uri: string, line: number): Promise<void> {
  const at = new vscode.Position(line, 0);
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection: new vscode.Range(at, at) });
  const first = editor.document.lineAt(line).firstNonWhitespaceCharacterIndex;
  editor.selection = new vscode.Selection(line, first, line, first);
  await vscode.commands.executeCommand("editor.action.showHover");
}

/** Return the id of the test function around the cursor, by the names of the symbols around it. */
async function testAtCursor(editor: vscode.TextEditor): Promise<string> {
  const file = vscode.workspace.asRelativePath(editor.document.uri, false);
  for (let line = editor.selection.active.line; line >= 0; line--) {
    const found = /^(\s*)(?:async\s+)?def\s+(test\w*)/.exec(editor.document.lineAt(line).text);
    if (!found) continue;
    const inside = found[1] ? classAbove(editor.document, line, found[1].length) : undefined;
    return [file, inside, found[2]].filter(Boolean).join("::");
  }
  return "";
}

function classAbove(document: vscode.TextDocument, from: number, indent: number): string | undefined {
  for (let line = from - 1; line >= 0; line--) {
    const found = /^(\s*)class\s+(\w+)/.exec(document.lineAt(line).text);
    if (found && (found[1] ?? "").length < indent) return found[2];
  }
  return undefined;
}

function suggestedGlob(): string {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (!uri || uri.scheme !== "file") return "**";
  const folder = path.posix.dirname(vscode.workspace.asRelativePath(uri, false));
  return folder === "." ? "**" : `${folder}/**`;
}

/** Return the folder of the active file, else the first one. */
function currentFolder(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath;
}

function say(message: string): void {
  void vscode.window.showInformationMessage(`AutoNav: ${message}`);
}
