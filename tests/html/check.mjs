// Opens pages of `--format html` in Chromium as a person does: sorts each column by mouse and keys, looks at the chart, and
// sees that nothing is fetched, run or wider than a phone.
//
//   npm ci --prefix tests/html
//   cargo build && node tests/html/check.mjs target/debug/zuzen
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const zuzen = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "zuzen-html-"));

function run(...words) {
  const env = { ...process.env, HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder };
  return execFileSync(zuzen, ["--demo", "--quiet", ...words], { cwd: folder, env, encoding: "utf8" });
}

const ATTACK = `<script>document.title = "spoilt"</script><img src="http://127.0.0.1:1/x">`;

// One reading of the account, so that the page and what is expected of it are the same rows.
run(
  "-c",
  `COPY (
    SELECT id, subject, priority, created_at,
      CAST(CASE WHEN id % 6 = 0 THEN NULL ELSE created_at END AS DATE) AS day,
      date_trunc('day', created_at) + CASE id % 3 WHEN 0 THEN INTERVAL '0 seconds' WHEN 1 THEN INTERVAL '250 milliseconds'
        ELSE INTERVAL '250001 microseconds' END AS moment,
      CASE WHEN id % 4 = 0 THEN NULL ELSE CAST(id % 23 - 11 AS DECIMAL(9, 2)) * 1.25 END AS score,
      9007199254740992 + id % 5 AS big,
      CASE id % 5 WHEN 0 THEN '${ATTACK.replaceAll("'", "''")}' WHEN 1 THEN '東京の請求書' || (id % 13) WHEN 2 THEN NULL
        ELSE 'item ' || (id % 13) END AS remark
    FROM zendesk.tickets ORDER BY updated_at DESC LIMIT 120
  ) TO 'rows.parquet'`,
);
run("-o", "page.html", "-c", "SELECT * FROM 'rows.parquet'");
const rows = run("--format", "ndjson", "-c", "SELECT *, CAST(big AS VARCHAR) AS big_text FROM 'rows.parquet'")
  .trim()
  .split("\n")
  .map(line => JSON.parse(line));
// What is written with fewer digits, and a night in which the clocks are set back.
run(
  "-o", "edges.html", "--time-zone", "America/New_York", "-c",
  `SELECT CAST(column1 AS DOUBLE) AS value, CAST(column2 AS TIMESTAMP WITH TIME ZONE) AS at FROM (VALUES
    ('1e300', '2025-11-02T06:15:00Z'), ('NaN', '2025-11-02T05:30:00Z'), ('-Infinity', '2025-11-02T07:00:00Z'),
    ('-2.5', NULL), ('Infinity', '2025-11-02T05:30:00.5Z'))`,
);

const chosen = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const browser = await chromium.launch({ executablePath: chosen, args: flags.split(" ") });

// A page, and everything that it said or asked for.
async function open(file, width, height, colorScheme) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const said = [];
  const asked = [];
  page.on("console", message => said.push(message.text()));
  page.on("pageerror", error => said.push(String(error)));
  page.on("request", request => asked.push(request.url()));
  const address = pathToFileURL(join(folder, file)).href;
  await page.goto(address);
  return { page, said, asked, address };
}

const column = (page, place) =>
  page.$$eval("tbody tr", (rows, place) => rows.map(row => row.cells[place].textContent), place);
const sorted = page => page.$$eval("th", heads => heads.map(head => head.getAttribute("aria-sort")));
const press = (page, place) => page.locator("th button").nth(place).click();

// Microseconds since 1970: a date here would lose some.
function micros(text) {
  const [, second, fraction] = /^(.*?:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(text);
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt((fraction ?? "").padEnd(6, "0").slice(0, 6));
}

const natural = new Intl.Collator("en", { numeric: true });
const less = (one, two) => (one < two ? -1 : one > two ? 1 : 0);
const expected = {
  id: less,
  subject: natural.compare,
  priority: natural.compare,
  created_at: (one, two) => less(micros(one), micros(two)),
  day: less,
  moment: (one, two) => less(micros(one), micros(two)),
  score: (one, two) => less(Number(one), Number(two)),
  big: (one, two) => less(BigInt(one), BigInt(two)),
  remark: natural.compare,
};

async function checkSorting() {
  const { page, said, asked, address } = await open("page.html", 1200, 800, "light");
  const names = await page.$$eval("th button", buttons => buttons.map(button => button.textContent));
  assert.deepEqual(names, Object.keys(expected));
  const known = new Map(rows.map(row => [String(row.id), { ...row, big: row.big_text }]));
  assert.equal(known.size, 120);
  for (const [place, name] of names.entries()) {
    for (const order of ["ascending", "descending"]) {
      await press(page, place);
      assert.deepEqual(await sorted(page), names.map(other => (other === name ? order : null)));
      const ids = await column(page, 0);
      assert.equal(new Set(ids).size, known.size, "every row is still there");
      const values = ids.map(id => known.get(id)[name]);
      const present = values.filter(value => value !== null);
      assert.ok(new Set(present).size > 2, `${name} has something to sort`);
      assert.ok(values.slice(present.length).every(value => value === null), `${name} ${order}: missing values are last`);
      for (let row = 1; row < present.length; row += 1) {
        const compared = expected[name](present[row - 1], present[row]);
        assert.ok(order === "ascending" ? compared <= 0 : compared >= 0, `${name} ${order}: ${present[row - 1]}, ${present[row]}`);
      }
    }
  }
  for (const name of ["priority", "day", "score", "remark"]) {
    assert.ok(rows.some(row => row[name] === null), `${name} has missing values`);
  }
  // Rows are text, whatever they hold.
  assert.ok((await column(page, names.indexOf("remark"))).includes(ATTACK));
  assert.equal(await page.evaluate(() => document.scripts.length), 1);
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.title(), names.join(", "));
  assert.equal(await page.locator("#unfinished").isVisible(), false);
  assert.deepEqual(said, []);
  assert.deepEqual(asked, [address]);
  await page.close();
}

async function checkEdges() {
  const { page, said } = await open("edges.html", 1200, 800, "light");
  await press(page, 0);
  assert.deepEqual(await column(page, 0), ["-inf", "-2.5", "1e300", "inf", "NaN"]);
  await press(page, 1);
  const moments = ["01:30:00-04:00", "01:30:00.500-04:00", "01:15:00-05:00", "02:00:00-05:00"].map(time => `2025-11-02 ${time}`);
  assert.deepEqual(await column(page, 1), [...moments, "NULL"]);
  await press(page, 1);
  assert.deepEqual(await column(page, 1), [...moments.reverse(), "NULL"]);
  assert.deepEqual(said, []);
  await page.close();
}

async function checkKeys() {
  const { page } = await open("page.html", 1200, 800, "light");
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "region", "arrow keys scroll the rows");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "id");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "where the keys go can be seen");
  await page.keyboard.press("Enter");
  assert.equal((await sorted(page))[0], "ascending");
  await page.keyboard.press("Space");
  assert.equal((await sorted(page))[0], "descending");
  assert.equal(await focused(), "id", "sorting leaves the focus");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "subject");
  await page.close();
}

async function checkLooks() {
  for (const [width, height] of [[1200, 800], [390, 844]]) {
    for (const scheme of ["light", "dark"]) {
      const { page, said } = await open("page.html", width, height, scheme);
      const across = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(across[0] <= across[1], `${width} ${scheme}: the page is ${across[0]} wide`);
      const charts = page.locator("figure svg:visible");
      assert.equal(await charts.count(), 1, "one drawing for each width");
      const marks = await charts.locator("rect").evaluateAll(marks =>
        marks.map(mark => ({ fill: getComputedStyle(mark).fill, width: mark.getBoundingClientRect().width })),
      );
      assert.ok(marks.length >= 2 && marks.some(mark => mark.width > 20), "the chart has bars");
      const colour = scheme === "light" ? "rgb(31, 111, 235)" : "rgb(88, 166, 255)";
      assert.deepEqual([...new Set(marks.map(mark => mark.fill))], [colour]);
      assert.notEqual(await charts.getAttribute("aria-label"), null);
      assert.deepEqual(said, []);
      await page.close();
    }
  }
}

async function checkRules() {
  // Were a script or a picture to get in, the page's rules would stop it.
  const { page } = await open("page.html", 1200, 800, "light");
  const refused = await page.evaluate(async () => {
    const refused = [];
    document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "document.title = 'spoilt'";
    const picture = document.createElement("img");
    picture.src = "http://127.0.0.1:1/x";
    document.body.append(script, picture);
    while (refused.length < 2) await new Promise(done => setTimeout(done, 10));
    return refused;
  });
  assert.deepEqual(refused.sort(), ["img-src", "script-src-elem"]);
  assert.notEqual(await page.title(), "spoilt");
  await page.close();
  // Half of a page says so.
  const whole = readFileSync(join(folder, "page.html"), "utf8");
  writeFileSync(join(folder, "half.html"), whole.slice(0, whole.length / 2));
  const half = await open("half.html", 1200, 800, "light");
  assert.equal(await half.page.locator("#unfinished").isVisible(), true);
  await half.page.close();
}

try {
  await Promise.all([checkSorting(), checkEdges(), checkKeys(), checkLooks(), checkRules()]);
  console.log("pages sort, show and keep to themselves");
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
