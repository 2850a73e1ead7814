// SPDX-License-Identifier: MIT
//
// report_browser.mjs: a report in Chromium as a person with a keyboard uses it, and as axe-core judges it. Prints a line
// for each complaint, and "done" at the end. Called by report_browser_test.c in a directory where npm has put
// playwright-core and axe-core: node report_browser.mjs CHROMIUM PAGE
import { createRequire } from "module";
const require = createRequire(process.cwd() + "/");
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const [executablePath, file] = process.argv.slice(2);
const complain = text => console.log("complaint: " + text);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

const open = async (options) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", message => complain("console: " + message.text()));
  page.on("pageerror", error => complain("error: " + error));
  await page.goto("file://" + file);
  return page;
};

for (const colorScheme of ["light", "dark"])
  for (const width of [390, 1200]) {
    const page = await open({ colorScheme, viewport: { width, height: 900 } });
    await page.addScriptTag({ path: axe });
    for (const unfolded of [false, true]) {
      await page.evaluate(open => document.querySelectorAll("details").forEach(e => { e.open = open; }), unfolded);
      const { violations } = await page.evaluate(() => axe.run());
      for (const found of violations)
        complain(`axe: ${colorScheme} ${width}: ${found.id}: ${found.help}: ${found.nodes[0].html.slice(0, 200)}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) complain(`${width}: scrolls sideways by ${wide}`);
    }
    await page.context().close();
  }

const page = await open({ viewport: { width: 1200, height: 900 } });
const names = () => page.$$eval("table.configs tbody tr:not([hidden]) th[scope=row]", all => all.map(e => e.textContent));
const original = (await names()).join();
const button = page.locator("table.configs th button").nth(1);
await page.locator("#filter").focus();
for (let i = 0; i < 50 && !await button.evaluate(e => e == document.activeElement); i++) await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
const rising = (await names()).join();
if (await button.evaluate(e => e.parentNode.ariaSort) != "ascending") complain("Enter on a header should sort");
await page.keyboard.press("Space");
const falling = (await names()).join();
if (falling.split(",")[0] != rising.split(",")[1] || falling.split(",")[2] != rising.split(",")[2])
  complain("a second press should turn the order round, but for what has no figure, which stays last");
await button.click();
if ((await names()).join() != original || rising == original) complain("a third press should bring the first order back");
await page.locator("#filter").focus();
await page.keyboard.type("arena=512 churn");
if ((await names()).length != 1) complain("the filter should leave one row");
if (!(await page.locator("[role=status]").textContent()).startsWith("1 of ")) complain("the count should follow the filter");
await page.keyboard.press("Control+A");
await page.keyboard.type("nothing of the kind");
if (await page.locator("table.configs").first().isVisible()) complain("a table without rows should not be shown");
const printed = await open({ viewport: { width: 700, height: 900 } });
await printed.emulateMedia({ media: "print" });
for (const what of [".best", "#answer dl", "table.configs td", "figure svg", ".facts td"])
  if (!await printed.locator(what).first().isVisible()) complain(what + " should be printed");
for (const what of ["nav", ".filter"])
  if (await printed.locator(what).first().isVisible()) complain(what + " should not be printed");
if ((await printed.pdf()).length < 20000) complain("the printed page is nearly empty");
await browser.close();
console.log("done");
