// AutoNav's extension: starts the server, shows the task, and offers the operations.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { showCandidates } from "./candidates";
import { commands, type Session } from "./commands";
import type { CandidatesChanged, StatusResult } from "./protocol.gen";
import { createDecorations } from "./decorations";
import { createReview } from "./review";
import { createClient, findServer, onInterpreterChange, reportMissing } from "./server";
import { createStatusItem } from "./status";

let client: LanguageClient | undefined;
let restarting: Promise<void> = Promise.resolve();

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("AutoNav", { log: true });
  const show = createStatusItem(context);
  const decorate = createDecorations(context);
  let status: StatusResult | undefined;
  const session: Session = {
    client: () => {
      if (!client?.isRunning()) throw new Error("AutoNav: the server is not running; see AutoNav: Show Logs");
      return client;
    },
    status: () => status,
  };

  const review = createReview(context, session);

  const start = async (): Promise<void> => {
    await client?.stop().catch((error) => log.warn(`the server did not stop: ${error}`));
    const server = await findServer();
    if (!server) {
      show("not found");
      return reportMissing();
    }
    log.info(`starting ${server.command} ${(server.args ?? []).join(" ")}`);
    show("starting…");
    client = createClient(server, log);
    client.onNotification("autonav/status", (received: StatusResult) => {
      show((status = received));
      decorate(received);
      review(received);
    });
    client.onNotification("autonav/candidates", (found: CandidatesChanged) => {
      if (found.candidates.length && !vscode.window.state.focused) void showCandidates(session, found.candidates);
    });
    try {
      await client.start();
    } catch (error) {
      show("failed");
      const logs = "Show Logs";
      const chosen = await vscode.window.showErrorMessage(`AutoNav: the server did not start: ${error}`, logs);
      if (chosen === logs) log.show();
    }
  };
  // One start at a time; another request waits for its turn.
  const restart = (): Promise<void> => (restarting = restarting.then(start, start));

  for (const [name, handler] of Object.entries(commands(session))) {
    context.subscriptions.push(vscode.commands.registerCommand(name, handler));
  }
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("autonav.ui.restart", restart),
    vscode.commands.registerCommand("autonav.ui.showLogs", () => log.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("autonav.path") || event.affectsConfiguration("autonav.interpreter")) void restart();
    }),
  );
  setImmediate(async () => {
    await restart();
    context.subscriptions.push(await onInterpreterChange(restart));
  });
}

export async function deactivate(): Promise<void> {
  await restarting;
  await client?.stop();
}
