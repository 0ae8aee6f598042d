// Verified candidates: reading their diff, and applying one on a branch.
import * as vscode from "vscode";
import { call, type Session } from "./commands";
import type { Candidate } from "./protocol.gen";

/** Offer the best candidate of an exploration; of one that found none the server tells. */
export async function showCandidates(session: Session, candidates: Candidate[]): Promise<void> {
  const best = candidates[0];
  if (!best) return;
  const review = "Review";
  const branch = `Apply on autonomous/${best.run}`;
  const chosen = await vscode.window.showInformationMessage(`AutoNav: ${best.title}. ${proof(best)}`, review, branch);
  if (chosen === review) await pickCandidate(session, candidates);
  else if (chosen === branch) await apply(session, best);
}

/** Let the person choose a candidate, see its diff, and apply it. */
export async function pickCandidate(session: Session, candidates: Candidate[]): Promise<void> {
  if (!candidates.length) {
    void vscode.window.showInformationMessage("AutoNav: there are no candidates; find some with Find a Fix.");
    return;
  }
  const items = candidates.map((each) => ({ label: each.title, description: `${each.path}:${each.line}`, detail: proof(each), each }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Verified candidates", matchOnDescription: true });
  if (!chosen) return;
  await call(session, "autonav.show", { candidate: chosen.each.id });
  const branch = `Apply on autonomous/${chosen.each.run}`;
  const answer = await vscode.window.showInformationMessage(`AutoNav: ${chosen.each.title}. ${proof(chosen.each)}`, branch);
  if (answer === branch) await apply(session, chosen.each);
}

async function apply(session: Session, candidate: Candidate): Promise<void> {
  const done = await call(session, "autonav.apply", { candidate: candidate.id });
  void vscode.window.showInformationMessage(`AutoNav: ${done.branch} is at ${done.commit.slice(0, 12)}; your files are as they were.`);
}

function proof(candidate: Candidate): string {
  const tests = candidate.tests;
  return tests ? `${tests.passed} of ${tests.collected} tests pass in a fresh sandbox` : "";
}
