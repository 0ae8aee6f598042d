// Runs a test module inside the real extension host: node run_tests.js EDITORS BASE EXTENSION TESTS FOLDER
const { openWorkbench } = require("./page.js");
const [, , editors, base, extension, tests, folder] = process.argv;

(async () => {
  const remote = (file) => `vscode-remote://${new URL(base).host}${file}`;
  const payload = [
    ["extensionDevelopmentPath", remote(extension)],
    ["extensionTestsPath", remote(tests)],
    ["skipWelcome", "true"],
    ["skipReleaseNotes", "true"],
  ];
  const { browser, page, url } = await openWorkbench(editors, base, folder, payload, { width: 1400, height: 850 });
  const ended = new Promise((resolve) => {
    page.exposeFunction("codeAutomationExit", (code) => resolve(code));
    page.exposeFunction("codeAutomationLog", (_type, args) => console.log(args.map(String).join(" ")));
  });
  await page.goto(url, { waitUntil: "domcontentloaded" });
  const code = await ended;
  await browser.close();
  process.exit(code);
})();
