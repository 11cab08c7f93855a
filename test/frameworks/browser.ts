import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { launchChromium } from '../support/chromium.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
};

export interface BrowserCheck {
  /** Features that preprocess.mjs made otherwise than Sevenfold. */
  readonly featuresDiffer: number;
  /** The largest difference as a share of the largest output. */
  readonly difference: number;
  readonly argmaxDiffers: number;
}

export interface BrowserChecks {
  check(format: string, model: string): Promise<BrowserCheck>;
  close(): Promise<void>;
}

/** A page with TensorFlow.js, which loads exports from a server on this machine. */
export async function openBrowserChecks(root: string): Promise<BrowserChecks> {
  const library = createRequire(import.meta.url).resolve('@tensorflow/tfjs/dist/tf.min.js');
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path === '/') {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><script src="/tf.min.js"></script>');
      return;
    }
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
    readFile(path === '/tf.min.js' ? library : join(root, path)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  return {
    check: (format, model) =>
      // A text, since types of the page's globals are not ours.
      page.evaluate<BrowserCheck>(
        `(${IN_PAGE})(${JSON.stringify(format)}, ${JSON.stringify(encodeURIComponent(model))})`,
      ),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** From raw records to outputs, with nothing but what lies in the export's folder. */
const IN_PAGE = `async (format, model) => {
  const folder = '/' + format + '/' + model;
  const json = async (name) => (await fetch(folder + '/' + name)).json();
  const { selfTest, classes } = await json('manifest.json');
  const { features } = await import(folder + '/preprocess.mjs');
  const given = features(selfTest.records, await json('transform.json'));
  await tf.setBackend('cpu');
  const load = format === 'tfjs-layers' ? tf.loadLayersModel : tf.loadGraphModel;
  const loaded = await load(folder + '/model.json');
  const outputs = loaded.predict(tf.tensor2d(given));
  const got = await outputs.array();
  const expected = selfTest.outputs;
  const largest = Math.max(...expected.flat().map(Math.abs));
  const worst = Math.max(...expected.flat().map((value, i) => Math.abs(got.flat()[i] - value)));
  const place = (row) => row.indexOf(Math.max(...row));
  const clear = (row) => classes.length > 0 && (([a, b]) => a - b > 1e-5)([...row].sort((a, b) => b - a));
  return {
    featuresDiffer: given.flat().filter((value, i) => value !== selfTest.features.flat()[i]).length,
    difference: worst / largest,
    argmaxDiffers: expected.filter((row, i) => clear(row) && place(row) !== place(got[i])).length,
  };
}`;
