import type { Fields, Tree, VendorAnswer } from './vendor.answer.js';

export type AnswerFormat = 'json' | 'xml';

export const CONTENT_TYPES: Readonly<Record<AnswerFormat, string>> = {
  json: 'application/json; charset=utf-8',
  xml: 'text/xml; charset=utf-8',
};

/** XML unless JSON is asked for (docs/vendor-contract.md §2). */
export function formatOf(accept: string, jsonSuffix: boolean): AnswerFormat {
  return jsonSuffix || /application\/json/i.test(accept) ? 'json' : 'xml';
}

/** Where the JSON key of an array is not simply its element's plural. */
const ELEMENTS: Readonly<Record<string, { readonly list: string; readonly row: string }>> = {
  APISubmission: { list: 'APISubmissions', row: 'APISubmission' },
};

export function renderAnswer(answer: Pick<VendorAnswer, 'fields' | 'element'>, format: AnswerFormat): string {
  if (format === 'json') return JSON.stringify(answer.fields);
  const body =
    answer.element === null ? children(answer.fields) : element(answer.element, children(answer.fields));
  return `<?xml version="1.0" encoding="UTF-8"?><ImpactRadiusResponse>${body}</ImpactRadiusResponse>`;
}

function children(fields: Fields): string {
  // The `@…` keys of a listing are attributes of its array.
  const attributes = Object.entries(fields)
    .map(([name, value]) =>
      name.startsWith('@') && typeof value === 'string' ? ` ${name.slice(1)}="${escapeXml(value)}"` : '',
    )
    .join('');
  return Object.entries(fields)
    .filter(([name]) => !name.startsWith('@'))
    .map(([name, value]) => {
      if (!isList(value)) return element(name, content(name, value));
      const names = ELEMENTS[name] ?? { list: name, row: name.replace(/s$/, '') };
      return element(
        names.list,
        value.map((row) => element(names.row, content(names.row, row))).join(''),
        attributes,
      );
    })
    .join('');
}

function content(name: string, value: Tree): string {
  if (value === null) return '';
  if (typeof value !== 'object') {
    // The real service prints the payload of a submission with bare ampersands: not well-formed (§4.2).
    return name === 'Payload' ? String(value) : escapeXml(String(value));
  }
  return isList(value) ? value.map((row) => content(name, row)).join('') : children(value);
}

const element = (name: string, body: string, attributes = ''): string =>
  body === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${body}</${name}>`;

const isList = (value: Tree): value is readonly Tree[] => Array.isArray(value);

const escapeXml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
