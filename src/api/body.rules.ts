import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Fields } from './fields.reader.js';

/** A body that was understood, or in a few words why it was not. */
export type DecodedBody =
  { readonly fields: Fields; readonly why: null } | { readonly fields: null; readonly why: string };

const ROOT = 'impactradiusresponse';

/**
 * Understands JSON, and the vendor's XML, which comes when an `Accept` header got lost on the way
 * (docs/vendor-contract.md §2). What the body looks like decides, not what its content type says.
 */
export function decodeBody(text: string): DecodedBody {
  const body = text.replace(/^\uFEFF/, '').trim();
  if (body === '') return unusable('an empty body');
  if (body.startsWith('{')) return decodeJson(body);
  if (body.startsWith('<')) return decodeXml(body);
  return unusable('a body that is neither JSON nor XML');
}

function decodeJson(body: string): DecodedBody {
  try {
    const fields = Fields.of(JSON.parse(body));
    return fields === null ? unusable('JSON without an object') : { fields, why: null };
  } catch {
    // The parser's message quotes the body, which may hold customer data.
    return unusable('broken JSON');
  }
}

function decodeXml(body: string): DecodedBody {
  if (/<!DOCTYPE/i.test(body)) {
    return unusable(/<!DOCTYPE\s+html/i.test(body) ? 'an HTML page' : 'XML with a document type');
  }
  // Payloads may hold bare ampersands (docs/vendor-contract.md §4.2): mend that one defect, then be strict.
  const mended = body.replaceAll(/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});)/gi, '&amp;');
  if (XMLValidator.validate(mended) !== true) return unusable('markup that is not well-formed XML');
  try {
    const parsed: unknown = new XMLParser({
      processEntities: false,
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      parseTagValue: false,
      parseAttributeValue: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      tagValueProcessor: (_name, value) => decodeEntities(value),
      attributeValueProcessor: (_name, value) => decodeEntities(value),
    }).parse(mended);
    const root = Fields.of(parsed);
    if (root?.has(ROOT) !== true) return unusable('markup that is not an answer of impact.com');
    const fields = root.object(ROOT);
    return fields === null ? unusable('an empty XML answer') : { fields, why: null };
  } catch {
    return unusable('markup that is not well-formed XML');
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML itself and character numbers: nothing that a document could define. */
function decodeEntities(text: string): string {
  return text.replaceAll(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi,
    (all, name, decimal, hex) => {
      if (typeof name === 'string') return NAMED[name.toLowerCase()] ?? all;
      const point = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : all;
    },
  );
}

function unusable(why: string): DecodedBody {
  return { fields: null, why };
}
