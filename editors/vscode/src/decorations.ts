// The Explorer's mark on files outside the task.
import * as path from "node:path";
import * as vscode from "vscode";
import type { StatusResult } from "./protocol.gen";

/** Register the marks; the returned function takes each new status. */
export function createDecorations(context: vscode.ExtensionContext): (status: StatusResult) => void {
  const outside = new Map<string, Set<string>>();
  const changed = new vscode.EventEmitter<vscode.Uri[]>();
  const decoration = new vscode.FileDecoration("!", "AutoNav: outside the task", new vscode.ThemeColor("autonav.outside"));
  decoration.propagate = true;
  const provider: vscode.FileDecorationProvider = {
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration: (uri) => ([...outside.values()].some((paths) => paths.has(uri.fsPath)) ? decoration : undefined),
  };
  context.subscriptions.push(changed, vscode.window.registerFileDecorationProvider(provider));
  return (status) => {
    const before = outside.get(status.root) ?? new Set<string>();
    const now = new Set((status.outside_paths ?? []).map((each) => path.join(status.root, each)));
    outside.set(status.root, now);
    const differing = [...before, ...now].filter((each) => before.has(each) !== now.has(each));
    if (differing.length) changed.fire(differing.map((each) => vscode.Uri.file(each)));
  };
}
