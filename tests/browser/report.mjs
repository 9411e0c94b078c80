// HTML reports in a real browser. `.ci/browser` runs this; what is left in FOLDER is for people to look at.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { PROGRAM, FOLDER } = process.env;
const { chromium } = createRequire(join(FOLDER, "package.json"))("playwright-core");

const PEARL = "66b2f0c4a1d3e5f708192a3b";
const MANY = 100_000;
// In a request of its own, so that nothing is in doubt once it is refused.
const ALONE = 77_777;

// What a list or a provider may say to become more than text.
const HOSTILE_IDS = [
  "a</script><script>window.hacked=1</script>b",
  "a<img/src=x/onerror=window.hacked=2>b",
  "a><svg/onload=window.hacked=3>b",
  "a<!--<script>b",
  "a]]></script>b",
  "a&ltb&ampc",
  "a/*b*/c",
  "a$1b",
];
const HOSTILE_WORDS = "no</script><img src='https://evil.example/x' onerror='window.hacked=4'>\u2028\u202eback<b>bold</b>";

let sandbox;
let work;
let browser;
let listener;
const heard = [];

const run = (args, statuses = [0]) => {
  try {
    const out = execFileSync(PROGRAM, args, { cwd: work, env: sandbox.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
    assert.ok(statuses.includes(0), `${args}: ${out}`);
    return out;
  } catch (error) {
    assert.ok(statuses.includes(error.status), `${args}: ${error.status}\n${error.stdout}${error.stderr}`);
    return error.stdout;
  }
};

const control = async (method, route, body) => {
  const answer = await fetch(`${sandbox.base}/__sandbox/${route}`, { method, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${route}: ${await answer.text()}`);
};

const plan = (name, rows, ...more) => {
  writeFileSync(join(work, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return JSON.parse(run(["plan", `${name}.jsonl`, "--out", `${name}.db`, "--output", "json", ...more])).digest;
};

const apply = (name, digest, status, ...more) => {
  const rates = ["nlpearl", "unleashx", "extrovert"].flatMap((provider) => ["--rate", `${provider}=unlimited`]);
  run(["apply", `${name}.db`, "--confirm", digest, "--allow-scope", "--max-attempts", "2", "--max-wait", "1", "-q", ...rates, ...more], [status]);
};

const report = (name) => {
  const file = join(FOLDER, `${name}.html`);
  run(["report", `${name}.db`, "--format", "html", "--out", file]);
  return file;
};

const lead = (lead_id) => ({ target: "nlpearl.lead", pearl_id: PEARL, lead_id });
const range = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const problem = (status, message) => ({ kind: "answer", status, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) });

before(async () => {
  work = mkdtempSync(join(tmpdir(), "report-"));
  const process = spawn(PROGRAM, ["sandbox"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(process.stdout), "line");
  const { base_url: base, credentials } = JSON.parse(line);
  const env = {
    EXTROVERT_API_KEY: credentials.extrovert,
    NLPEARL_API_KEY: credentials.nlpearl,
    WOODPECKER_API_KEY: credentials.woodpecker,
    UNLEASHX_TOKEN: credentials.unleashx,
  };
  for (const provider of ["EXTROVERT", "NLPEARL", "WOODPECKER", "UNLEASHX"]) env[`${provider}_BASE_URL`] = base;
  sandbox = { process, base, env };
  const names = range(400, (index) => `lead-${index}`).concat(HOSTILE_IDS);
  await control("POST", "seed", { nlpearl: { pearls: { [PEARL]: { leads: names } } } });
  await control("PUT", "faults", [
    { names: "lead-7", effect: problem(404, HOSTILE_WORDS) },
    { names: HOSTILE_IDS[0], effect: problem(422, "not this one") },
    { operation: "unleashx.delete_audience", times: 2, effect: problem(500, "the database is away") },
    { provider: "extrovert", effect: problem(401, "key not known") },
  ]);
  const rows = [
    ...names.map(lead),
    ...[101, 102, 103].map((audience_id) => ({ target: "unleashx.audience", campaign_id: 42, audience_id })),
    { target: "woodpecker.company", company_id: 123 },
    ...range(3, (index) => ({ target: "extrovert.person", user_id: "8d256aa6-9b12-49a7-93ee-bf41634b5b60", profile_id: `person-${index}` })),
  ];
  const digest = plan("small", rows, "--batch", "nlpearl=1");
  apply("small", digest, 4);
  apply("small", digest, 3);
  report("small");

  await control("PUT", "faults", []);
  await control("POST", "seed", { nlpearl: { pearls: { [PEARL]: { leads: range(MANY, (index) => `id-${index}`) }, other: { leads: [`id-${ALONE}`] } } } });
  await control("PUT", "faults", [{ names: "id-77777", effect: problem(404, "gone before") }]);
  apply("many", plan("many", range(MANY, (index) => index === ALONE ? { ...lead(`id-${index}`), pearl_id: "other" } : lead(`id-${index}`)), "--batch", "nlpearl=500"), 3);
  report("many");
  run(["forget", "many.db"]);
  run(["report", "many.db", "--format", "html", "--out", join(FOLDER, "forgotten.html")]);

  listener = createServer((request, answer) => {
    heard.push(request.url);
    answer.end();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  listener?.close();
  sandbox?.process.kill();
  if (work) rmSync(work, { recursive: true, force: true });
});

/** Opens a report in a page of its own, and checks afterwards that nothing went wrong or out. */
const opened = async (name, check, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const file = pathToFileURL(join(FOLDER, `${name}.html`)).href;
  const faults = [];
  const asked = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => faults.push(message.text()));
  page.on("dialog", (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => asked.push(request.url()));
  try {
    await page.goto(file);
    if (options.javaScriptEnabled !== false) {
      const fault = new Promise((_, reject) => page.once("pageerror", reject));
      await Promise.race([page.waitForSelector("html[data-ready]"), fault]);
    }
    await check(page, faults, asked);
    assert.deepEqual(faults, []);
    assert.deepEqual(asked, [file]);
  } finally {
    await context.close();
  }
};

const rows = (page) => page.locator("#list tbody tr:not(.attempts)");
const outcomes = (page) => page.locator("#list tbody tr:not(.attempts) td:first-child").allTextContents();
const found = (page) => page.locator("#found").textContent();
const search = async (page, words) => {
  await page.getByLabel("Search targets and evidence").fill(words);
  await page.keyboard.press("Enter");
};

test("what an auditor asks is told before the list", () =>
  opened("small", async (page) => {
    const status = JSON.parse(run(["status", "small.db", "--output", "json"]));
    const text = await page.locator("body").innerText();
    for (const told of [status.run_id, status.digest, status.planned_by, status.planned_with, sandbox.base]) {
      assert.ok(text.includes(told), told);
    }
    const passes = page.locator(".passes tbody tr");
    assert.equal(await passes.count(), 2);
    for (const [index, pass] of status.passes.entries()) {
      const cells = await passes.nth(index).locator("th, td").allTextContents();
      const at = (moment) => moment.slice(0, 19).replace("T", " ");
      assert.deepEqual(cells, [String(index + 1), pass.by, pass.with, at(pass.began_at), at(pass.ended_at), "came to its end", String(pass.requests_sent)]);
    }
    const all = await page.locator(".counts tr.all td").allTextContents();
    assert.deepEqual(all.map(Number), [status.targets, status.unknown, status.rejected, status.not_sent, status.pending, status.accepted, status.deleted]);
    assert.deepEqual(all.map(Number), [415, 0, 2, 0, 3, 1, 409]);
    assert.match(await page.locator("h1").textContent(), /^5 of 415 targets need a person$/);
    const cards = await page.locator(".cards .outcome").allTextContents();
    assert.deepEqual(cards, ["2 rejected", "3 pending"]);
    assert.equal(await page.locator(".bar svg[role=img]").count(), 4);
    assert.match(await page.locator(".bar svg").nth(1).getAttribute("aria-label"), /^nlpearl: 2 rejected, 406 deleted$/);
    assert.ok((await page.locator("svg.progress path").count()) >= 3);
  }));

test("what needs a person comes first, with its evidence and every attempt", () =>
  opened("small", async (page) => {
    assert.deepEqual((await outcomes(page)).slice(0, 6), ["rejected", "rejected", "pending", "pending", "pending", "accepted"]);
    await search(page, "audience 101");
    assert.match(await found(page), /^1–1 of 1 target found among 415 targets/);
    const button = page.getByRole("button", { name: "3 attempts" });
    assert.equal(await button.getAttribute("aria-expanded"), "false");
    await button.click();
    assert.equal(await button.getAttribute("aria-expanded"), "true");
    const attempts = await page.locator(".attempts li").allTextContents();
    assert.equal(attempts.length, 3);
    for (const attempt of attempts.slice(0, 2)) assert.match(attempt, /unknown.*HTTP 500.*the database is away.*pass 1, a request that named 3 targets/);
    assert.match(attempts[2], /deleted.*HTTP 200.*pass 2/);
    await button.click();
    assert.equal(await page.locator(".attempts").count(), 0);
    // Each attempt says how many its request named.
    await search(page, "lead-7");
    const sizes = [];
    await rows(page).first().getByRole("button").click();
    for (const attempt of await page.locator(".attempts li").allTextContents()) sizes.push(Number(/named (\d+) target/.exec(attempt)[1]));
    assert.deepEqual(sizes, [1]);
  }));

test("what a list or a provider says stays text", () =>
  opened("small", async (page) => {
    for (const [id, shown] of HOSTILE_IDS.map((id) => [id, id.replace("\u2028", "U+2028").replace("\u202e", "U+202E")])) {
      await search(page, id.slice(0, 8));
      const ids = await page.locator("#list .ids bdi").allTextContents();
      assert.ok(ids.includes(shown), `${shown} is not in ${ids}`);
    }
    await search(page, "lead-7 onerror");
    const words = page.locator("#list .words");
    // What acts on text is taken out of a provider's words before they are kept.
    assert.equal(await words.textContent(), HOSTILE_WORDS.replace("\u2028", " ").replace("\u202e", "\ufffd"));
    assert.equal(await page.locator("img, b, iframe, link, object, main script").count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const source = readFileSync(join(FOLDER, "small.html"), "utf8");
    assert.ok(!/[\u2028\u2029\u202a-\u202e]/.test(source), "acts on whoever reads the source");
  }));

test("search goes over all rows, and filters combine with it", () =>
  opened("many", async (page) => {
    await search(page, "id-99999");
    assert.match(await found(page), /^1–1 of 1 target found among 100,000 targets/);
    assert.equal(await page.locator("#list .ids bdi").nth(1).textContent(), "id-99999");
    // The provider's words are searched as well.
    await search(page, "GONE before");
    assert.match(await found(page), /^1–1 of 1 target found/);
    await search(page, "rejected GONE id-77777");
    assert.deepEqual(await outcomes(page), ["rejected"]);
    await page.getByLabel("Outcome", { exact: true }).selectOption("deleted");
    assert.match(await found(page), /^None of 100,000 targets/);
    await search(page, "");
    assert.match(await found(page), /^1–50 of 99,999 targets found/);
    await page.getByLabel("Outcome", { exact: true }).selectOption("attention");
    assert.deepEqual(await outcomes(page), ["rejected"]);
    await page.getByLabel("Outcome", { exact: true }).selectOption("");
    await page.getByLabel("Provider", { exact: true }).selectOption("nlpearl");
    assert.match(await found(page), /^1–50 of 100,000 targets\./);
    // Typing alone is enough.
    await page.getByLabel("Search targets and evidence").pressSequentially("id-5");
    await page.waitForFunction(() => document.getElementById("found").textContent.includes("of 11,111 targets"));
  }));

test("pages turn, and each target is on exactly one", () =>
  opened("small", async (page) => {
    await page.getByLabel("Rows a page").selectOption("100");
    const seen = [];
    for (let number = 1; ; number += 1) {
      assert.equal(await page.locator("#page").inputValue(), String(number));
      seen.push(...(await page.locator("#list .ids").allTextContents()));
      if ((await page.locator("#next").getAttribute("aria-disabled")) === "true") break;
      await page.getByRole("button", { name: "Next" }).click();
    }
    assert.equal(seen.length, 415);
    assert.equal(new Set(seen).size, 415);
    await page.getByRole("button", { name: "First" }).click();
    assert.equal(await page.locator("#previous").getAttribute("aria-disabled"), "true");
    await page.getByRole("button", { name: "Last" }).click();
    assert.equal(await rows(page).count(), 15);
    await page.locator("#page").fill("3");
    await page.keyboard.press("Enter");
    assert.match(await found(page), /^201–300 of/);
    await page.locator("#page").fill("999");
    await page.keyboard.press("Enter");
    assert.match(await found(page), /^401–415 of/);
  }));

test("nothing needs a mouse", () =>
  opened("small", async (page) => {
    const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    await page.keyboard.press("Tab");
    assert.equal(await focus(), "Skip to the targets");
    await page.keyboard.press("Enter");
    assert.equal(await focus(), "targets");
    await page.keyboard.press("Tab");
    assert.equal(await focus(), "query");
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(ring, "solid");
    await page.keyboard.type("lead-39");
    await page.keyboard.press("Enter");
    assert.match(await found(page), /of 11 targets found/);
    for (const id of ["outcome", "provider", "size"]) {
      await page.keyboard.press("Tab");
      assert.equal(await focus(), id);
    }
    await page.keyboard.press("Tab");
    assert.match(await focus(), /^\d+ attempts?$/);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".attempts").count(), 1);
    await page.keyboard.press("Space");
    assert.equal(await page.locator(".attempts").count(), 0);
    // A card leads to its rows.
    await page.getByRole("button", { name: "Show them" }).first().focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(await outcomes(page), ["rejected", "rejected"]);
    assert.equal(await focus(), "targets");
    // Everything that takes a hand has a name.
    const nameless = await page.locator("button, input, select").evaluateAll((all) =>
      all.filter((one) => !one.textContent.trim() && !(one.labels?.length > 0)).map((one) => one.id));
    assert.deepEqual(nameless, []);
  }));

test("nothing can be requested from the network", () =>
  opened("small", async (page, faults, asked) => {
    const address = `http://127.0.0.1:${listener.address().port}`;
    const reached = await page.evaluate(async (address) => {
      const image = new Image();
      image.src = `${address}/image`;
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = `${address}/style`;
      document.head.append(style);
      const code = document.createElement("script");
      code.textContent = "window.hacked = 5";
      document.head.append(code);
      document.body.insertAdjacentHTML("beforeend", `<iframe src="${address}/frame"></iframe><p style="color:red">`);
      return fetch(`${address}/fetch`).then(() => "reached", () => "refused");
    }, address);
    assert.equal(reached, "refused");
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(heard, []);
    // Each was held back by the page's own policy, which the browser says.
    assert.ok(faults.length >= 5 && faults.every((fault) => /Content Security Policy/.test(fault)), faults.join("\n"));
    faults.length = 0;
    asked.splice(1);
  }));

test("without JavaScript the summary is there and says what is missing", () =>
  opened("small", async (page) => {
    const text = await page.locator("body").innerText();
    for (const told of ["5 of 415 targets need a person", "2 rejected", "Passes", "JavaScript is off", "report RUN --format csv"]) {
      assert.ok(text.includes(told), told);
    }
    assert.equal(await page.locator("#browser").isVisible(), false);
    assert.equal(await page.getByRole("button", { name: "Show" }).count(), 0);
  }, { javaScriptEnabled: false }));

test("100,000 rows open and answer", async (t) => {
  const began = performance.now();
  await opened("many", async (page) => {
    const open = performance.now() - began;
    await search(page, "id-77777");
    assert.deepEqual(await outcomes(page), ["rejected"]);
    const longest = await page.evaluate(() => {
      const began = performance.now();
      document.getElementById("query").value = "id-4";
      document.querySelector("form").requestSubmit();
      return performance.now() - began;
    });
    const size = statSync(join(FOLDER, "many.html")).size;
    t.diagnostic(`${(size / 1e6).toFixed(1)} MB, opened in ${open.toFixed(0)} ms, searched in ${longest.toFixed(0)} ms`);
  });
});

test("a forgotten run shows hashes and no identifier", () =>
  opened("forgotten", async (page) => {
    const { targets } = JSON.parse(run(["report", "many.db", "--format", "json"]));
    const rejected = targets.find((target) => target.outcome === "rejected");
    assert.equal(await page.locator("#list .ids bdi").first().textContent(), `hash ${rejected.hash}`);
    assert.match(await page.locator(".facts").textContent(), /Forgotten/);
    assert.equal(await page.locator(".passes tbody tr").count(), 1);
    const source = readFileSync(join(FOLDER, "forgotten.html"), "utf8");
    assert.ok(!/id-\d|gone before/.test(source) && !source.includes(PEARL));
    await search(page, rejected.hash.slice(0, 20));
    assert.deepEqual(await outcomes(page), ["rejected"]);
  }));

for (const [name, options] of Object.entries({
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 800 } },
})) {
  test(`it is readable: ${name}`, () =>
    opened("small", async (page) => {
      await rows(page).first().getByRole("button").click();
      await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true });
      const look = await page.evaluate(() => {
        // Every text that is seen against what lies behind it.
        const rgb = (colour) => colour.match(/[\d.]+/g).map(Number);
        const light = (colour) => {
          const [r, g, b] = rgb(colour).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const { backgroundColor } = getComputedStyle(at);
            if (rgb(backgroundColor)[3] !== 0) return backgroundColor;
          }
          return "rgb(255, 255, 255)";
        };
        const pale = [];
        for (const element of document.querySelectorAll("body *")) {
          const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim());
          if (!own || element.closest("script, style, noscript, svg, [hidden], [aria-disabled=true]")) continue;
          const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5) pale.push(`${element.className} ${contrast.toFixed(2)} ${element.textContent.slice(0, 20)}`);
        }
        return { pale, paper: light(getComputedStyle(document.body).backgroundColor), wide: document.documentElement.scrollWidth - innerWidth };
      });
      assert.deepEqual(look.pale, []);
      assert.equal(look.paper < 0.5, name === "dark");
      assert.ok(look.wide <= 0, `the page is ${look.wide} px wider than the window`);
    }, options));
}

test("it prints, and says how much of the list is on paper", async () => {
  const print = async (name, prepare) => {
    const path = join(FOLDER, `${name}.pdf`);
    await opened(name.split("-")[0], async (page) => {
      await prepare?.(page);
      await page.pdf({ path, format: "A4", preferCSSPageSize: true });
      assert.ok(await page.locator(".controls").isVisible(), "the screen is as before");
    }, { colorScheme: "dark" });
    assert.ok(existsSync(path));
    return execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8", maxBuffer: 1 << 26 }).replace(/\s+/g, " ");
  };
  const whole = await print("small");
  const { run_id, digest } = JSON.parse(run(["status", "small.db", "--output", "json"]));
  for (const told of [run_id, digest, "415 of 415 targets of the run are printed here", "lead-399", "pass 1, a request that named 3 targets"]) {
    assert.ok(whole.includes(told), told);
  }
  assert.ok(!whole.includes("Rows a page"), "what is for the screen alone is not printed");
  const part = await print("small-selected", (page) => page.getByLabel("Outcome", { exact: true }).selectOption("pending"));
  assert.ok(part.includes("3 of 415 targets of the run are printed here, 3 of which meet this selection: outcome pending"), part);
  const many = await print("many");
  assert.ok(many.includes("1,000 of 100,000 targets of the run are printed here"));
  assert.ok(many.includes("A print holds at most 1,000"));
  assert.ok(many.includes("id-77777"), "what needs a person is printed");
});
