import { SkippedKinds } from '../../../src/services/files/skipped-kinds';

const OWN = { preset: null, kinds: null };

test('what was called off, failed or came back is not advised as an order', () => {
  const kinds = new SkippedKinds(OWN);
  for (const kind of ['abgeschlossen', 'storniert', 'Gutschrift', 'fehlgeschlagen', 'Zahlung ausstehend'])
    kinds.take(kind, true);
  expect(kinds.advice(false)).toBe(
    ". All kinds at once: --kind 'storniert=cancel,gutschrift=refund,abgeschlossen=order'",
  );
});

test('beside orders, only what is known is advised', () => {
  const kinds = new SkippedKinds(OWN);
  for (const kind of ['livrée', 'annulée', 'remboursée']) kinds.take(kind, true);
  expect(kinds.advice(true)).toBe(". All kinds at once: --kind 'annulée=cancel,remboursée=refund'");
});

test('a file whose orders were left out is no file of refunds, whatever --kind says', () => {
  const said = new SkippedKinds({ preset: null, kinds: { fixed: null, values: new Map(), others: null } });
  said.take('delivered', true);
  expect(said.hasPaid(false)).toBe(true);
  expect(said.hasPaid(true)).toBe(false);
  const unsaid = new SkippedKinds(OWN);
  unsaid.take('delivered', true);
  expect(unsaid.hasPaid(true)).toBe(true);
});
