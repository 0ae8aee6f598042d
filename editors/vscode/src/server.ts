// Finding the server, and starting it once at a time.
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, type Executable } from "vscode-languageclient/node";

interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** Return how the server is started, or undefined where it cannot be found. */
export async function findServer(): Promise<Executable | undefined> {
  const settings = vscode.workspace.getConfiguration("autonav");
  const named = settings.get<string | null>("path");
  if (named) return { command: expand(named), args: ["lsp"] };
  const interpreter = settings.get<string | null>("interpreter");
  if (interpreter) return { command: expand(interpreter), args: ["-m", "autonav_server.main", "lsp"] };
  const trusted = vscode.workspace.isTrusted; // what lies in an untrusted workspace is not run
  const folders = trusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  const selected = trusted ? await selectedInterpreter() : undefined;
  const besideSelected = selected ? [path.join(path.dirname(selected), "autonav")] : [];
  const inWorkspace = folders.map((folder) => path.join(folder.uri.fsPath, ".venv", "bin", "autonav"));
  const onPath = (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, "autonav"));
  const found = [...besideSelected, ...inWorkspace, ...onPath].find((candidate) => existsSync(candidate));
  return found ? { command: found, args: ["lsp"] } : undefined;
}

/** Call `restart` when another interpreter is selected. */
export async function onInterpreterChange(restart: () => unknown): Promise<vscode.Disposable> {
  const python = await pythonExtension();
  return python?.environments.onDidChangeActiveEnvironmentPath(() => restart()) ?? new vscode.Disposable(() => undefined);
}

async function selectedInterpreter(): Promise<string | undefined> {
  const python = await pythonExtension();
  return python?.environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri).path;
}

/** Return the API of the Python extension where that is installed; without it nothing is missing. */
async function pythonExtension(): Promise<PythonExtension | undefined> {
  try {
    return await vscode.extensions.getExtension<PythonExtension>("ms-python.python")?.activate();
  } catch {
    return undefined;
  }
}

/** Return a client that is not started yet. */
export function createClient(server: Executable, log: vscode.LogOutputChannel): LanguageClient {
  return new LanguageClient(
    "autonav",
    "AutoNav",
    { run: server, debug: server },
    {
      // Every file: a task may be left through any of them.
      documentSelector: [{ scheme: "file" }],
      initializationOptions: { trusted: vscode.workspace.isTrusted, shows_candidates: true },
      outputChannel: log,
      traceOutputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
    },
  );
}

/** Tell the person what is missing and both ways out. */
export async function reportMissing(): Promise<void> {
  const open = "Open Settings";
  const chosen = await vscode.window.showErrorMessage(
    "AutoNav: the server was not found. Install it in the workspace's environment (pip install oppie-autonav), or name it in the settings.",
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand("workbench.action.openSettings", "autonav.path");
}

function expand(named: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  return named.replace("${workspaceFolder}", folder).replace(/^~(?=\/|$)/, process.env.HOME ?? "~");
}
