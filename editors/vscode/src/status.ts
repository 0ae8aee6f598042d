// The status bar item: the task in a few words.
import * as vscode from "vscode";
import type { StatusResult } from "./protocol.gen";

/** Create the item; the returned function shows one status, or that the server is not ready. */
export function createStatusItem(context: vscode.ExtensionContext): (status: StatusResult | string) => void {
  const item = vscode.window.createStatusBarItem("autonav.status", vscode.StatusBarAlignment.Left, 50);
  item.name = "AutoNav";
  const language = vscode.languages.createLanguageStatusItem("autonav.language", { scheme: "file" });
  language.name = "AutoNav";
  language.command = { title: "Show Logs", command: "autonav.ui.showLogs" };
  context.subscriptions.push(item, language);
  item.show();
  return (status) => {
    language.text = typeof status === "string" ? `AutoNav: ${status}` : languageText(status);
    language.severity = status === "failed" || status === "not found" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    if (typeof status === "string") {
      item.text = `$(compass) AutoNav ${status}`;
      item.command = "autonav.ui.showLogs";
      item.backgroundColor = undefined;
      return;
    }
    item.text = text(status);
    item.tooltip = tooltip(status);
    item.command = status.task ? "autonav.ui.status" : "autonav.ui.start";
    item.backgroundColor = status.outside ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
  };
}

function languageText(status: StatusResult): string {
  return `AutoNav: watched by ${status.watching || "nothing"}${status.trusted ? "" : ", not trusted"}`;
}

function text(status: StatusResult): string {
  if (status.paused_until) return `$(debug-pause) AutoNav ${status.paused?.[0] ?? ""} paused`;
  if (!status.task) return "$(compass) AutoNav";
  const outside = status.outside ? ` · ${status.outside} outside` : "";
  return `$(compass) AutoNav ● ${status.slug} ${status.files_changed} files${outside}`;
}

function tooltip(status: StatusResult): vscode.MarkdownString {
  const lines = status.task
    ? [`**${status.task}**`, `${status.files_changed} files changed, ${status.outside} of them outside`, ...budget(status)]
    : ["No task is active. Click to start one."];
  lines.push("", `watched by ${status.watching || "nothing"}, ${status.trusted ? "trusted" : "not trusted: no test is run"}`);
  return new vscode.MarkdownString(lines.join("\n\n"));
}

function budget(status: StatusResult): string[] {
  return Object.entries(status.budget ?? {}).map(([name, used]) => `${used} of ${status.limits?.[name]} ${name}`);
}
