// A page of the real workbench: shared by the extension tests and the screenshots.
const path = require("node:path");

/** Open the workbench of a running server on a folder; `payload` are its development options. */
async function openWorkbench(editors, base, folder, payload, viewport) {
  const { chromium } = require(path.join(editors, "vscode/node_modules/playwright-core"));
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
  const page = await (await browser.newContext({ viewport })).newPage();
  const url = new URL(base);
  url.searchParams.set("folder", folder);
  if (payload) url.searchParams.set("payload", JSON.stringify(payload));
  return { browser, page, url: url.toString() };
}

module.exports = { openWorkbench };
