// Loaded before a test file of node's own runner: writes, for each test, the functions and blocks it ran.
// One file for each process, one JSON object on each line: {name, scripts: [{url, functions}]}, as V8 gives them.
if (process.env.NODE_TEST_CONTEXT) {
  const { Session } = await import('node:inspector');
  const { appendFileSync, mkdirSync } = await import('node:fs');
  const { pathToFileURL } = await import('node:url');
  const { afterEach, beforeEach } = await import('node:test');
  const root = `${pathToFileURL(process.cwd()).href}/`;
  const folder = process.env.AUTONAV_TRACE;
  const session = new Session();
  session.connect();
  const post = (method, parameters) => {
    let answer;
    session.post(method, parameters, (error, result) => { answer = result; });
    return answer;
  };
  mkdirSync(folder, { recursive: true });
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  beforeEach(() => { post('Profiler.takePreciseCoverage'); });
  afterEach((context) => {
    const scripts = post('Profiler.takePreciseCoverage').result
      .filter(({ url }) => url.startsWith(root) && !url.includes('/node_modules/'))
      .map(({ url, functions }) => ({ url: decodeURI(url.slice(root.length)), functions }));
    const name = context.fullName ?? context.name;
    appendFileSync(`${folder}/${process.pid}.jsonl`, `${JSON.stringify({ name, scripts })}\n`);
  });
}
