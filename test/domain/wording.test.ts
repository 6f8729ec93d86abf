import { countOf, withArticle } from '../../src/domain/wording';

test('one of a thing is not several', () => {
  expect([0, 1, 2, 2_122].map((count) => countOf(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows', '2,122 rows']);
  expect(countOf(2, 'entry', 'entries')).toBe('2 entries');
});

test('the article goes by the name', () => {
  expect(['Order', 'Click'].map(withArticle)).toEqual(['an Order', 'a Click']);
});
