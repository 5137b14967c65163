import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HtmlLinks } from './html-links.ts';

const BASE = '/api/v1/namespaces/default/pods/web/proxy';

function led(...chunks: readonly string[]): Promise<string> {
  const links = new HtmlLinks(BASE);
  for (const chunk of chunks) links.write(Buffer.from(chunk));
  links.end();
  return text(links);
}

describe('links of a page behind a proxy', () => {
  it('that begin at the root lead to where the root is', async () => {
    assert.equal(
      await led('<a href="/x?y=1">x</a><img alt=a src=/i.png><form action=\'/f\'>'),
      `<a href="${BASE}/x?y=1">x</a><img alt=a src=${BASE}/i.png><form action='${BASE}/f'>`,
    );
  });

  const untouched = [
    '<a href="x">relative</a>',
    '<a href="//example.org/x">another host</a>',
    '<a href="https://example.org/x">another host</a>',
    `<a href="${BASE}/x">led already</a>`,
    '<a title="/x">no link</a>, 1 < 2, href="/x"',
    '<!-- <a href="/x"> --><p>',
    '<script>s = \'<a href="/x">\';</script><p>',
    'grüß Gott < ',
    '<a href="/x"',
  ];
  for (const page of untouched)
    it(`passes ${page} as it is`, async () => {
      assert.equal(await led(page), page);
    });

  it('are found after what is no tag', async () => {
    assert.equal(await led('1 < 2 <a href="/x">'), `1 < 2 <a href="${BASE}/x">`);
  });

  it('are found however the page is cut into pieces', async () => {
    const page =
      '<!-- /x --><script src="/s">"</a>"</script><a\nhref="/x">ö</a><STYLE></style><p><a href="/y">';
    const whole = await led(page);
    assert.match(whole, /<script src="\/api.*href="\/api.*href="\/api/s);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(page.length), { maxLength: 8 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), page.length];
        const chunks = at.slice(1).map((end, i) => page.slice(at[i], end));
        assert.equal(await led(...chunks), whole);
      }),
    );
  });
});
