// The tree of what there is to review: groups, their files, their hunks, in the server's order and words.
import * as path from "node:path";
import * as vscode from "vscode";
import { call, type Session } from "./commands";
import type { ReviewGroup, ReviewHunk, ReviewResult, StatusResult } from "./protocol.gen";

/** A group, a file in it or one hunk; `hunks` are all below it. */
interface Node {
  label: string;
  root: string;
  hunks: ReviewHunk[];
  children: Node[];
}

/** Register the view; the returned function takes each new status. */
export function createReview(context: vscode.ExtensionContext, session: Session): (status: StatusResult) => void {
  const changed = new vscode.EventEmitter<void>();
  let groups: Node[] = [];
  let root: string | undefined;
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
      view.description = result.hunks ? `${result.reviewed} of ${result.hunks} reviewed` : "nothing changed";
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
    view,
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
    vscode.commands.registerCommand("autonav.ui.markReviewed", async () => {
      const editor = vscode.window.activeTextEditor;
      if (editor) await mark(editor.document.uri.fsPath, [`${editor.document.uri.fsPath}:${editor.selection.active.line + 1}`]);
    }),
  );
  return (status) => {
    root = status.root;
    quietly();
  };
}

function groupNode(result: ReviewResult, group: ReviewGroup): Node {
  const files = new Map<string, ReviewHunk[]>();
  for (const hunk of group.hunks) files.set(hunk.path, [...(files.get(hunk.path) ?? []), hunk]);
  const node = (label: string, hunks: ReviewHunk[], children: Node[]): Node => ({ label, root: result.root, hunks, children });
  const children = [...files].map(([file, hunks]) => node(file, hunks, hunks.map((each) => node(`line ${each.line}`, [each], []))));
  return node(group.title, group.hunks, children);
}

function treeItem(node: Node): vscode.TreeItem {
  const [hunk] = node.hunks;
  const item = new vscode.TreeItem(node.label);
  const read = node.hunks.filter((each) => each.reviewed).length;
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  item.checkboxState = read === node.hunks.length ? Checked : Unchecked;
  if (node.children.length || !hunk) {
    item.collapsibleState = read === node.hunks.length ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded;
    item.description = `${read} of ${node.hunks.length}`;
    return item;
  }
  const uri = vscode.Uri.file(path.join(node.root, hunk.path));
  item.description = [`+${hunk.added} -${hunk.removed}`, ...(hunk.codes ?? []), hunk.why].join("  ");
  item.tooltip = `${hunk.path}:${hunk.line}\n${hunk.why}`;
  const selection = new vscode.Range(hunk.line - 1, 0, hunk.end_line - 1, 0);
  item.command = { title: "Open", command: "vscode.open", arguments: [uri, { selection }] };
  return item;
}
