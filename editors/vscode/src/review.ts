// The tree of what there is to review: groups, their files, their hunks, in the server's order and words.
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { call, type Session } from "./commands";
import type { ReviewGroup, ReviewHunk, ReviewResult, StatusResult } from "./protocol.gen";

/** The scheme of read-only texts: a changed file as it was, of the worktree in the query; without one nothing at all. */
const BASE = "autonav-base";

/** A group, a file in it or one hunk; `hunks` are all below it. */
interface Node {
  kind: "group" | "file" | "hunk";
  label: string;
  root: string;
  hunks: ReviewHunk[];
  children: Node[];
}

/** Register the view; the returned function takes each new status. */
export function createReview(context: vscode.ExtensionContext, session: Session): (status: StatusResult) => void {
  const changed = new vscode.EventEmitter<void>();
  const outdated = new vscode.EventEmitter<vscode.Uri>();
  let groups: Node[] = [];
  let root: string | undefined;
  let task: string | null | undefined;
  let waiting = false;
  let running: Promise<Node[]> | undefined;
  const view = vscode.window.createTreeView<Node>("autonav.review", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node ? node.children : groups),
      getTreeItem: treeItem,
    },
    showCollapseAll: true,
    manageCheckboxStateManually: true,
  });

  const look = async (): Promise<Node[]> => {
    do {
      waiting = false;
      const result = await call(session, "autonav.review", root ? { worktree: root } : {});
      groups = result.groups.map((group) => groupNode(result, group));
      view.message = result.hunks ? `${result.reviewed} of ${result.hunks} hunks reviewed` : "Nothing changed.";
      changed.fire();
    } while (waiting);
    return groups;
  };
  // One look at a time; whoever asks meanwhile gets one more.
  const refresh = (): Promise<Node[]> => {
    waiting = running !== undefined;
    running ??= look().finally(() => (running = undefined));
    return running;
  };
  const quietly = (): void => {
    if (view.visible) refresh().catch((error) => (view.message = `${error.message ?? error}`));
  };
  const mark = async (worktree: string, hunks: string[], remove = false): Promise<void> => {
    await call(session, "autonav.review.mark", { worktree, hunks, remove });
    await refresh();
  };

  context.subscriptions.push(
    changed,
    outdated,
    view,
    vscode.workspace.registerTextDocumentContentProvider(BASE, {
      onDidChange: outdated.event,
      provideTextDocumentContent: async (uri) =>
        uri.query ? (await call(session, "autonav.review.base", { worktree: uri.query, path: uri.fsPath })).text : "",
    }),
    view.onDidChangeVisibility(quietly),
    view.onDidChangeCheckboxState(async ({ items }) => {
      for (const [node, state] of items) {
        const hunks = node.hunks.map((each) => each.mark);
        await mark(node.root, hunks, state === vscode.TreeItemCheckboxState.Unchecked);
      }
    }),
    vscode.commands.registerCommand("autonav.ui.review", async () => {
      await vscode.commands.executeCommand("autonav.review.focus");
      return refresh();
    }),
    vscode.commands.registerCommand("autonav.ui.refreshReview", refresh),
    vscode.commands.registerCommand("autonav.ui.compare", compare),
    vscode.commands.registerCommand("autonav.ui.markReviewed", async () => {
      const editor = vscode.window.activeTextEditor;
      if (editor) await mark(editor.document.uri.fsPath, [`${editor.document.uri.fsPath}:${editor.selection.active.line + 1}`]);
    }),
  );
  return (status) => {
    root = status.root;
    if (status.slug !== task) for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === BASE) outdated.fire(uri);
    task = status.slug;
    quietly();
  };
}

function groupNode(result: ReviewResult, group: ReviewGroup): Node {
  const files = new Map<string, ReviewHunk[]>();
  for (const hunk of group.hunks) files.set(hunk.path, [...(files.get(hunk.path) ?? []), hunk]);
  const node = (kind: Node["kind"], label: string, hunks: ReviewHunk[], children: Node[]): Node => ({ kind, label, root: result.root, hunks, children });
  const children = [...files].map(([file, hunks]) => {
    const places = hunks.length > 1 ? hunks.map((each) => node("hunk", `line ${each.line}`, [each], [])) : [];
    return node("file", path.basename(file), hunks, places);
  });
  return node("group", group.title, group.hunks, children);
}

function treeItem(node: Node): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label);
  const [hunk] = node.hunks;
  if (!hunk) return item;
  const read = node.hunks.filter((each) => each.reviewed).length;
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  item.checkboxState = read === node.hunks.length ? Checked : Unchecked;
  const isFile = node.kind === "file";
  const place = isFile && hunk.path.includes("/") ? [path.posix.dirname(hunk.path)] : [];
  if (isFile) {
    item.resourceUri = vscode.Uri.file(path.join(node.root, hunk.path));
    item.iconPath = vscode.ThemeIcon.File;
  }
  if (node.children.length) {
    const isOpen = read < node.hunks.length && !node.hunks.every((each) => each.mechanical);
    item.collapsibleState = isOpen ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
    item.description = [...place, `${read} of ${node.hunks.length}`].join("  ");
    return item;
  }
  item.description = [...place, ...(hunk.codes ?? []), `+${hunk.added} -${hunk.removed}`, hunk.why].join("  ");
  item.tooltip = `${hunk.path}:${hunk.line}\n${hunk.why}`;
  item.command = { title: "Compare", command: "autonav.ui.compare", arguments: [node.root, hunk] };
  return item;
}

/** Open what a hunk changed beside what it was; a change without lines, of mode or of bytes, has no sides. */
async function compare(root: string, hunk: ReviewHunk): Promise<void> {
  const uri = vscode.Uri.file(path.join(root, hunk.path));
  const selection = new vscode.Range(hunk.line - 1, 0, hunk.end_line - 1, 0);
  if (hunk.added + hunk.removed === 0) return vscode.commands.executeCommand("vscode.open", uri, { selection });
  const was = uri.with({ scheme: BASE, query: root });
  const now = fs.existsSync(uri.fsPath) ? uri : was.with({ query: "" });
  await vscode.commands.executeCommand("vscode.diff", was, now, `${path.basename(hunk.path)} (as it was ↔ now)`, { selection });
}
