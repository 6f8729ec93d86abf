import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, hasChromium, launchChromium } from '../../support/browser';
import { type DashboardServer, startDashboardServer } from '../../support/dashboard-server';
import { fakeReport } from '../../support/prequential-report';
import { eventually } from '../../support/real-clock';

const missing = !hasChromium();
const title = missing ? `the dashboard (skipped: no ${CHROMIUM}; apt-get install chromium)` : 'the dashboard';

if (missing && process.env.CI === 'true') {
  test('chromium is there under CI=true', () => {
    throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
  });
}

(missing ? describe.skip : describe)(title, () => {
  let server: DashboardServer;
  let browser: Browser;
  let page: Page;
  let feeding: NodeJS.Timeout;
  const faults: string[] = [];

  beforeAll(async () => {
    server = await startDashboardServer();
    server.feed(4_000);
    server.shop.modelVersion = 'b1e0c4477d21';
    server.shop.modelFactor = 0.9;
    server.feed(2_000);
    feeding = setInterval(() => server.feed(20), 100);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1440, height: 1100 } });
    page.setDefaultTimeout(45_000);
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(server.http.url);
  });

  afterAll(async () => {
    clearInterval(feeding);
    await browser?.close();
    await server?.close();
  });

  const figure = async (id: string) => Number(((await page.locator(`#${id}`).textContent()) ?? '').replace(/\D/g, ''));

  test('the numbers move', async () => {
    await page.waitForSelector('#connection[data-state=live]');
    await eventually('updates shown', async () => (await figure('updates')) >= 6_000);
    const before = await figure('updates');
    await eventually('more updates shown', async () => (await figure('updates')) > before);
    await eventually('a rate shown', async () => (await figure('rate')) > 0);
    expect(await figure('customers-count')).toBeGreaterThan(100);
    expect(await page.locator('#model').textContent()).toBe('b1e0c4477d');
    expect(await page.locator('#swaps').textContent()).toMatch(/^1 swap, in use since/);
  });

  test('customers and segments are listed', async () => {
    await page.waitForSelector('#customer-rows tr');
    expect(await page.locator('#customer-rows tr').count()).toBe(14);
    expect(await page.locator('#segments tbody tr').count()).toBe(4);
    expect(await page.locator('#segments td strong').count()).toBeGreaterThan(3);
  });

  test('a customer chosen among the falling ones shows why', async () => {
    await page.click('[data-order=fall]');
    await page.waitForSelector('#customer-rows[data-order=fall] .down');
    // Values move each second, so that a row may change places under the pointer: the click goes to the row itself.
    const row = page.locator('#customer-rows tr').nth(1);
    await row.locator('button').evaluate((button: { click(): void }) => button.click());
    await page.waitForSelector('#customer-rows tr[aria-selected=true]');
    await page.waitForSelector('.chart svg rect.silence');
    await page.click('text=Since its peak');
    await page.waitForSelector('#customer-why .effect-silence');
    expect(await page.locator('#customer-why').textContent()).toMatch(/^Down .* since .*: .*silence −/);
    expect(await page.locator('.chart svg path.value').count()).toBe(1);
    expect(await page.locator('#customer-facts dt').count()).toBeGreaterThan(6);
  });

  test('what holds the value up and down is ranked, the largest first', async () => {
    await page.waitForSelector('.contributions li');
    const rows = await page.locator('.contributions li').allTextContents();
    expect(rows[0]).toMatch(/^Order of \D*42.50\D*, .*\+\D*40.00/);
    expect(rows[1]).toMatch(/^Silence−\D*35.00/);
    expect(rows).toHaveLength(9);
    expect(await page.locator('.contributions li.lowers').count()).toBe(2);
    expect(await page.getByRole('list', { name: 'What raises and lowers it' }).count()).toBe(1);
    const widths = await page
      .locator('.contribution-bar i')
      .evaluateAll((bars: { offsetWidth: number }[]) => bars.map((bar) => bar.offsetWidth));
    expect(widths[0]).toBeGreaterThan(widths[2]! * 1.5);
  });

  test('the chart answers the keyboard and the pointer', async () => {
    await page.focus('.chart');
    await page.keyboard.press('End');
    await page.waitForSelector('.tooltip:not([hidden])');
    expect(await page.locator('.tooltip').textContent()).toContain('Value then');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.tooltip', { state: 'hidden' });
    await page.locator('.chart').hover({ position: { x: 200, y: 120 } });
    await page.waitForSelector('.tooltip:not([hidden])');
  });

  test('effects between two records add up to the change', async () => {
    const [customer] = server.api.ranked('fall', 1);
    const id = customer!.update.customerId;
    const sums = (await page.evaluate(
      `Promise.all([import('/page/effects.mjs'), fetch('/v1/customers/${id}/history').then((r) => r.json())]).then(([effects, history]) => {
        const points = effects.pointsWithin(history.points, 'all');
        const buckets = effects.bucketise(points, points[0].atMs, points.at(-1).atMs, 37);
        const total = (name) => buckets.reduce((sum, bucket) => sum + bucket[name], 0);
        return { ...effects.explain(points), bucketed: total('event') + total('silence') + total('model'), last: buckets.at(-1).value };
      })`,
    )) as Record<'before' | 'after' | 'unexplained' | 'bucketed' | 'last', number>;
    expect(sums.unexplained).toBe(0);
    expect(sums.before + sums.bucketed).toBeCloseTo(sums.after, 6);
    expect(sums.last).toBe(sums.after);
  });

  test('without a report from the trainer the page says so; then it shows charts and figures by horizon and version', async () => {
    expect(await page.locator('#prequential-empty').textContent()).toBe('The trainer has not reported yet.');
    const report = fakeReport();
    await server.reports.publish(report);
    // The longest horizon that has matured is chosen: 30 days.
    await page.waitForSelector('#prequential-horizons [data-days="30"][aria-pressed=true]');
    expect(await page.locator('#prequential-empty').isVisible()).toBe(false);
    const coverage = page.getByRole('img', { name: /^Coverage of the central 80 % by horizon/ });
    const words = (await coverage.getAttribute('aria-label')) ?? '';
    const served = report.horizons[1]!.models[0]!;
    expect(words).toContain(`30 days orders ${Math.round(100 * served.orders.coverage80)}%`);
    expect(words).toContain('90 days not matured yet: first after 51 days');
    expect(await coverage.textContent()).toContain('not matured yet: first after 365 days');
    expect(await coverage.locator('circle.whole').count()).toBe(4);
    expect(await page.locator('#prequential-deciles rect.predicted').count()).toBe(10);
    expect(await page.locator('#prequential-figures tbody tr').count()).toBe(1);

    await page.click('#prequential-horizons [data-days="7"]');
    const rows = page.locator('#prequential-figures tbody tr');
    await eventually('three versions shown', async () => (await rows.count()) === 3);
    const [whichever, current, previous] = await rows.allTextContents();
    expect(whichever).toMatch(/^Model in force600/);
    expect(current).toMatch(/^m-new \(current\)200/);
    expect(previous).toMatch(/^m-old \(previous\)400/);
    const bins = report.horizons[0]!.models[0]!.buysAgain.calibration;
    expect(await page.locator('#prequential-calibration circle.bin').count()).toBe(bins.length);

    await page.click('#prequential-horizons [data-days="365"]');
    await page.waitForSelector('#prequential-deciles :text("not matured yet: first after 365 days")');
    expect(await rows.count()).toBe(0);
  });

  test('the theme switches and stays', async () => {
    await page.click('#theme');
    const theme = await page.getAttribute('html', 'data-theme');
    await page.reload();
    expect(await page.getAttribute('html', 'data-theme')).toBe(theme);
  });

  test('the page reports an unknown customer as unknown', async () => {
    await page.fill('#find-id', 'nobody');
    await page.press('#find-id', 'Enter');
    await page.waitForSelector('text=No update has been published for customer "nobody".');
    // The browser itself logs the 404 as an error.
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
  });
});
