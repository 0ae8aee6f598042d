// Better settings from what was recorded: their diff, the evidence beside it, and the person's own click.
import * as path from "node:path";
import * as vscode from "vscode";
import { call, type Session } from "./commands";
import type { SelfImproveResult } from "./protocol.gen";

/** Look for better settings; where there are, open the change of the settings file with its evidence beside it. */
export async function selfImprove(session: Session): Promise<void> {
  const found = await call(session, "autonav.self-improve", {});
  const evidence = vscode.Uri.file(found.evidence);
  if (!found.proposal) {
    const read = "Show Evidence";
    const chosen = await vscode.window.showInformationMessage(`AutoNav: ${found.explanation}`, read);
    if (chosen === read) await vscode.commands.executeCommand("markdown.showPreview", evidence);
    return;
  }
  const file = vscode.Uri.file(path.join(found.root, found.path));
  const proposal = vscode.Uri.file(found.proposal);
  if (await exists(file)) await vscode.commands.executeCommand("vscode.diff", file, proposal, `${found.path} ↔ proposed`);
  else await vscode.window.showTextDocument(proposal);
  await vscode.commands.executeCommand("markdown.showPreviewToSide", evidence);
  const use = "Use These Settings";
  const chosen = await vscode.window.showInformationMessage(`AutoNav: ${found.explanation}`, use);
  if (chosen === use) await write(file, found);
}

/** Put the proposed text into the settings file, as one edit that can be undone. */
async function write(file: vscode.Uri, found: SelfImproveResult): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(file, { ignoreIfExists: true });
  const document = (await exists(file)) ? await vscode.workspace.openTextDocument(file) : undefined;
  const all = document ? new vscode.Range(0, 0, document.lineCount, 0) : new vscode.Range(0, 0, 0, 0);
  edit.replace(file, all, found.text);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(file);
}

async function exists(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}
