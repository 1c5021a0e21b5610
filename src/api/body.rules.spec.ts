import { describe, expect, it } from '@jest/globals';
import { acceptedWrite, action, pageEnvelope, submission } from './answer.mapper.js';
import { decodeBody } from './body.rules.js';
import { Fields } from './fields.reader.js';
import { readProblems } from './problems.rules.js';

const fieldsOf = (text: string): Fields => {
  const { fields, why } = decodeBody(text);
  if (fields === null) throw new TypeError(why);
  return fields;
};
const xml = (inner: string): string =>
  `<?xml version="1.0"?>\n<ImpactRadiusResponse>${inner}</ImpactRadiusResponse>`;

describe('bodies that cannot be used', () => {
  it.each([
    ['', 'an empty body'],
    ['  \n', 'an empty body'],
    ['OK', 'a body that is neither JSON nor XML'],
    ['"QUEUED"', 'a body that is neither JSON nor XML'],
    ['[{"Status":"QUEUED"}]', 'a body that is neither JSON nor XML'],
    ['{"Status":"QUEUED","QueuedUri":"/Adv', 'broken JSON'],
    ["{'Status':'QUEUED'}", 'broken JSON'],
    ['<!DOCTYPE html><html><body>QUEUED</body></html>', 'an HTML page'],
    ['<html><body>Sign in</body></html>', 'markup that is not an answer of impact.com'],
    ['<html><body>Sign in<br></body></html>', 'markup that is not well-formed XML'],
    [
      xml('<Status>QUEUED</Status>').replace('</ImpactRadiusResponse>', ''),
      'markup that is not well-formed XML',
    ],
    ['<ImpactRadiusResponse><Status>QUEUED</Status><QueuedUri>/Adv', 'markup that is not well-formed XML'],
    [xml(''), 'an empty XML answer'],
    [
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ImpactRadiusResponse><Status>&b;</Status></ImpactRadiusResponse>',
      'XML with a document type',
    ],
  ])('%j is %s', (text, why) => {
    expect(decodeBody(text)).toEqual({ fields: null, why });
  });
});

describe('proof of acceptance', () => {
  const uri = '/Advertisers/IRx/APISubmissions/A-1';
  it.each([
    ['as documented', `{"Status":"QUEUED","QueuedUri":"${uri}"}`],
    ['behind a byte order mark', `\uFEFF{"Status":"QUEUED","QueuedUri":"${uri}"}`],
    ['in other letter cases', `{"STATUS":"Queued","queuedURI":"${uri}"}`],
    ['done at once', `{"Status":"OK","Uri":"${uri}"}`],
    ['in XML', xml(`<Status>QUEUED</Status><QueuedUri>${uri}</QueuedUri>`)],
    [
      'in XML of other letter cases',
      `<impactradiusresponse><status>ok</status><uri> ${uri} </uri></impactradiusresponse>`,
    ],
  ])('%s', (_name, text) => {
    expect(acceptedWrite(fieldsOf(text))).toEqual({ submissionId: 'A-1', queuedUri: uri, actionId: null });
  });

  it('an action with its URI', () => {
    expect(
      acceptedWrite(fieldsOf('{"ActionId":"1000.1.2","ActionUri":"/Advertisers/IRx/Actions/1000.1.2"}')),
    ).toEqual({
      submissionId: null,
      queuedUri: null,
      actionId: '1000.1.2',
    });
  });

  it.each([
    '{}',
    '{"Status":"QUEUED"}',
    '{"Status":"QUEUED","QueuedUri":""}',
    '{"Status":"QUEUED","QueuedUri":null}',
    '{"Status":"QUEUED","QueuedUri":{"a":1}}',
    '{"Status":"PENDING","QueuedUri":"/x"}',
    '{"Status":true,"QueuedUri":"/x"}',
    '{"ActionId":"1000.1.2"}',
    '{"QueuedUri":"/x"}',
    '{"message":"OK"}',
  ])('%s is none', (text) => {
    expect(acceptedWrite(fieldsOf(text))).toBeNull();
  });
});

describe('problems', () => {
  const same = (text: string): string => text;
  it.each([
    [
      'conversions page',
      '{"Status":"ERROR","errors":[{"field":"ItemSku1","level":"ERROR","message":"Invalid value xyz"}]}',
      [{ field: 'ItemSku1', message: 'Invalid value xyz', level: 'ERROR' }],
    ],
    [
      'general page',
      '{"Status":"ERROR","Message":"Validation Failed","Errors":[{"Field":"AccountId","Message":"Not a numeric value"}]}',
      [
        { field: null, message: 'Validation Failed', level: null },
        { field: 'AccountId', message: 'Not a numeric value', level: null },
      ],
    ],
    [
      'shouting',
      '{"STATUS":"ERROR","ERRORS":[{"FIELD":"Oid","MESSAGE":"Missing","LEVEL":"WARNING"}]}',
      [{ field: 'Oid', message: 'Missing', level: 'WARNING' }],
    ],
    [
      'XML with several',
      xml(
        '<Status>ERROR</Status><Errors><Error><Field>A</Field><Message>x &amp; y</Message></Error><Error><Field/><Message>z</Message></Error></Errors>',
      ),
      [
        { field: 'A', message: 'x & y', level: null },
        { field: null, message: 'z', level: null },
      ],
    ],
    [
      'XML with one',
      xml('<Message>No</Message><errors><field>A</field><level>ERROR</level><message>b</message></errors>'),
      [
        { field: null, message: 'No', level: null },
        { field: 'A', message: 'b', level: 'ERROR' },
      ],
    ],
    [
      'plain texts',
      '{"errors":["no such program"]}',
      [{ field: null, message: 'no such program', level: null }],
    ],
    [
      'a field without words',
      '{"errors":[{"field":"A"}]}',
      [{ field: 'A', message: 'no reason given', level: null }],
    ],
    ['nothing readable', '{"errors":[null,7,[]],"message":{}}', []],
  ])('%s', (_name, text, problems) => {
    expect(readProblems(fieldsOf(text), same)).toEqual(problems);
  });

  it('are bounded in number and length', () => {
    const errors = Array.from({ length: 500 }, () => ({ field: 'f'.repeat(999), message: 'm'.repeat(9999) }));
    const problems = readProblems(fieldsOf(JSON.stringify({ errors })), same);
    expect(problems).toHaveLength(20);
    expect(problems[0]?.message).toHaveLength(300);
    expect(problems[0]?.field).toHaveLength(64);
  });
});

describe('a submission', () => {
  it('in XML with bare ampersands in its payload', () => {
    const text = xml(
      '<APISubmission><BatchId>A-1</BatchId><Status>Complete</Status><Payload>CampaignId=1000&EventTypeId=2&amp;ClickId=a%3Ab&UserAgent=</Payload>' +
        '<MediaPartnerId/><ErrorType>Contract Error</ErrorType><ErrorReason>CONTRACT_NOT_FOUND RESTRICTED_PROMOCODE</ErrorReason></APISubmission>',
    );
    expect(submission(fieldsOf(text))).toMatchObject({
      id: 'A-1',
      status: 'COMPLETE',
      payload: 'CampaignId=1000&EventTypeId=2&ClickId=a%3Ab&UserAgent=',
      mediaPartnerId: null,
      errorType: 'Contract Error',
      reasonCodes: ['CONTRACT_NOT_FOUND', 'RESTRICTED_PROMOCODE'],
    });
  });

  it.each([
    ['Queued', 'QUEUED'],
    ['In Progress', 'IN_PROGRESS'],
    ['IN_PROGRESS', 'IN_PROGRESS'],
    ['complete', 'COMPLETE'],
    ['Melted', 'UNKNOWN'],
  ])('with status %s', (status, expected) => {
    expect(submission(fieldsOf(JSON.stringify({ BatchId: 'A-1', Status: status })))?.status).toBe(expected);
  });

  it('is not made of anything', () => {
    expect(submission(fieldsOf('{"hello":"world"}'))).toBeNull();
  });
});

describe('an action', () => {
  const row = (fields: object): ReturnType<typeof action> =>
    action(fieldsOf(JSON.stringify({ Id: '1000.1.2', ...fields })));

  it.each([
    [21.99, '21.99'],
    ['21.99', '21.99'],
    ['-0.50', '-0.50'],
    [0, '0'],
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    ['', null],
    [null, null],
    ['1,234.50', null],
    ['abc', null],
  ])('amount %j is %j', (amount, expected) => {
    expect(row({ Amount: amount })?.amount).toBe(expected);
  });

  it.each([
    ['2026-11-22T10:42:38-07:00', '2026-11-22T17:42:38.000Z'],
    ['2026-11-22T10:42:38Z', '2026-11-22T10:42:38.000Z'],
    ['2026-11-22T10:42:38.5+0530', '2026-11-22T05:12:38.500Z'],
    ['2026-11-22T10:42:38', '2026-11-22T10:42:38.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['', undefined],
    ['11/22/2026', undefined],
    ['2026-13-45T99:00:00Z', undefined],
  ])('date %j', (date, expected) => {
    expect(row({ EventDate: date })?.eventDate?.toISOString()).toBe(expected);
  });

  it.each([
    ['PENDING', 'PENDING'],
    ['approved', 'APPROVED'],
    ['REVERSED', 'REVERSED'],
    ['REJECTED', 'REVERSED'],
    ['', 'UNKNOWN'],
  ])('state %j is %s', (state, expected) => {
    expect(row({ State: state })?.state).toBe(expected);
  });

  it('has ids and order id as texts, whatever the vendor sent', () => {
    expect(row({ CampaignId: 1000, MediaPartnerId: '7', AdId: 0, Oid: 100023 })).toMatchObject({
      campaignId: '1000',
      mediaPartnerId: '7',
      adId: '0',
      orderId: '100023',
      clearedDate: null,
    });
  });

  it('is nothing without an id', () => {
    expect(action(fieldsOf('{"Oid":"1"}'))).toBeNull();
  });
});

describe('a listing', () => {
  const facts = { page: 2, pages: 3, pageSize: 2000, total: 4001, nextPageUri: '/n' };
  it.each([
    [
      'JSON',
      '{"@page":"2","@numpages":"3","@pagesize":"2000","@total":"4001","@nextpageuri":"/n","Actions":[{"Id":"a"},{"Id":"b"}]}',
      2,
    ],
    [
      'JSON with numbers',
      '{"@Page":2,"@numPages":3,"@pageSize":2000,"@total":4001,"@nextPageUri":"/n","actions":[]}',
      0,
    ],
    [
      'XML',
      xml(
        '<Actions page="2" numpages="3" pagesize="2000" total="4001" nextpageuri="/n"><Action><Id>a</Id></Action></Actions>',
      ),
      1,
    ],
  ])('in %s', (_name, text, rows) => {
    const body = fieldsOf(text);
    expect(pageEnvelope(body, 'Actions')).toEqual(facts);
    expect(body.list('Actions', 'Action')).toHaveLength(rows);
  });

  it('is empty when the vendor says so, and none when it is not there', () => {
    expect(fieldsOf('{"Actions":""}').list('Actions', 'Action')).toEqual([]);
    expect(fieldsOf(xml('<Actions page="1"/>')).list('Actions', 'Action')).toEqual([]);
    expect(fieldsOf('{"Other":[]}').list('Actions', 'Action')).toBeNull();
    expect(fieldsOf('{"Actions":"none"}').list('Actions', 'Action')).toBeNull();
  });
});
