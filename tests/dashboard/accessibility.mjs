// What the browser itself tells assistive programs of a page.

const controls = new Set([
  'button',
  'checkbox',
  'combobox',
  'dialog',
  'link',
  'listbox',
  'menuitem',
  'menuitemradio',
  'option',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
  'switch',
  'tab',
  'table',
  'textbox',
]);
// Their names are for finding one's way; they matter where there are several.
const landmarks = new Set(['navigation', 'region']);

/** What is wrong with the page, in sentences; nothing when it is well. */
export async function faults(page) {
  const wire = await page.context().newCDPSession(page);
  const { nodes } = await wire.send('Accessibility.getFullAXTree');
  await wire.detach();
  const found = [];
  for (const { ignored, role, name, properties = [] } of nodes) {
    if (ignored || !role) continue;
    const hidden = properties.some(({ name: property, value }) => property === 'hidden' && value.value);
    if (hidden || !(controls.has(role.value) || landmarks.has(role.value))) continue;
    if ((name?.value ?? '').trim() === '') found.push(`a ${role.value} without a name`);
  }
  const told = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility();
    const count = (selector) => [...document.querySelectorAll(selector)].filter(seen).length;
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const references = [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].flatMap((element) =>
      ['aria-labelledby', 'aria-describedby'].flatMap((name) => (element.getAttribute(name) ?? '').split(/\s+/).filter(Boolean)),
    );
    const levels = [...document.querySelectorAll('main :is(h1, h2, h3, h4)')].filter(seen).map(({ tagName }) => Number(tagName[1]));
    return {
      title: document.title,
      language: document.documentElement.lang,
      h1: count('h1'),
      main: count('main'),
      nav: count('nav'),
      banner: count('header:not(main header)'),
      twice: ids.filter((id, at) => ids.indexOf(id) !== at),
      nowhere: references.filter((id) => !ids.includes(id)),
      jumps: levels.filter((level, at) => at > 0 && level > levels[at - 1] + 1).length,
      images: [...document.querySelectorAll('img:not([alt])')].length,
    };
  });
  const wanted = { h1: 1, main: 1, nav: 1, banner: 1, jumps: 0, images: 0 };
  for (const [what, number] of Object.entries(wanted)) {
    if (told[what] !== number) found.push(`${what}: ${told[what]} instead of ${number}`);
  }
  if (told.title.trim() === '' || told.title.trim() === 'Godwit') found.push(`the title is "${told.title}"`);
  if (!['ru', 'en'].includes(told.language)) found.push(`the language is "${told.language}"`);
  if (told.twice.length > 0) found.push(`ids that stand twice: ${told.twice.join(', ')}`);
  if (told.nowhere.length > 0) found.push(`references to ids that are not there: ${told.nowhere.join(', ')}`);
  return found;
}
