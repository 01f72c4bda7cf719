import { describe, expect, it } from 'vitest';
import { activityRequest } from './elastic-activity.ts';
import { deviceEventsQuery } from './elastic-devices.ts';
import { fields, mountedDevice, writtenDevice } from './elastic-fields.ts';
import { compositeOf, containsClause, deviceClause, nameClauses, timeClauses, writesQuery } from './elastic-queries.ts';

describe('what a cluster is asked', () => {
  it('all counted writes', () => {
    expect(writesQuery({})).toMatchInlineSnapshot(`
      {
        "bool": {
          "filter": [
            {
              "term": {
                "event.category": "file",
              },
            },
            {
              "exists": {
                "field": "file.Ext.device.bus_type",
              },
            },
            {
              "exists": {
                "field": "host.name",
              },
            },
            {
              "exists": {
                "field": "process.name",
              },
            },
            {
              "terms": {
                "event.action": [
                  "creation",
                  "overwrite",
                  "modification",
                ],
              },
            },
            {
              "range": {
                "@timestamp": {
                  "format": "epoch_millis",
                  "gte": 631152000000,
                  "lt": 4102444800000,
                },
              },
            },
          ],
        },
      }
    `);
  });

  it('a filter of every kind', () => {
    const filter = {
      fromMs: 1_000.5,
      toMs: 2_000,
      hosts: ['ws-042'],
      users: ['', 'm.keller'],
      processes: ['7zG.exe'],
      executables: ['C:\\7zG.exe'],
      busTypes: ['usb'],
      pathContains: 'Q*?\\ü',
    };
    expect(writesQuery(filter, 'both').bool).toMatchInlineSnapshot(`
      {
        "filter": [
          {
            "term": {
              "event.category": "file",
            },
          },
          {
            "exists": {
              "field": "file.Ext.device.bus_type",
            },
          },
          {
            "exists": {
              "field": "host.name",
            },
          },
          {
            "exists": {
              "field": "process.name",
            },
          },
          {
            "terms": {
              "event.action": [
                "creation",
                "overwrite",
                "modification",
                "rename",
              ],
            },
          },
          {
            "range": {
              "@timestamp": {
                "format": "epoch_millis",
                "gte": 631152000000,
                "lt": 2000,
              },
            },
          },
          {
            "terms": {
              "host.name": [
                "ws-042",
              ],
            },
          },
          {
            "bool": {
              "minimum_should_match": 1,
              "should": [
                {
                  "terms": {
                    "user.name": [
                      "m.keller",
                      "",
                    ],
                  },
                },
                {
                  "bool": {
                    "must_not": [
                      {
                        "exists": {
                          "field": "user.name",
                        },
                      },
                    ],
                  },
                },
              ],
            },
          },
          {
            "terms": {
              "process.name": [
                "7zG.exe",
              ],
            },
          },
          {
            "terms": {
              "process.executable": [
                "C:\\7zG.exe",
              ],
            },
          },
          {
            "bool": {
              "minimum_should_match": 1,
              "should": [
                {
                  "term": {
                    "file.Ext.device.bus_type": {
                      "case_insensitive": true,
                      "value": "usb",
                    },
                  },
                },
              ],
            },
          },
          {
            "regexp": {
              "file.path": {
                "case_insensitive": true,
                "value": ".*Q\\*\\?\\\\[üÜ].*",
              },
            },
          },
        ],
      }
    `);
  });

  it('a device by its serial, in any case and with blanks around', () => {
    expect(deviceClause('serial:4C53+A', mountedDevice)).toMatchInlineSnapshot(`
      {
        "regexp": {
          "device.serial_number": {
            "case_insensitive": true,
            "value": "[ 	
       ]*4C53\\+A[ 	
       ]*",
          },
        },
      }
    `);
  });

  it('a device by model and volume, which has two places', () => {
    expect(deviceClause('model:sandisk|ultra|e:', writtenDevice)).toMatchInlineSnapshot(`
      {
        "bool": {
          "filter": [
            {
              "bool": {
                "filter": [
                  {
                    "bool": {
                      "minimum_should_match": 1,
                      "should": [
                        {
                          "bool": {
                            "must_not": [
                              {
                                "exists": {
                                  "field": "file.Ext.device.serial_number",
                                },
                              },
                            ],
                          },
                        },
                        {
                          "regexp": {
                            "file.Ext.device.serial_number": {
                              "value": "[ 	
       ]*0*[ 	
       ]*",
                            },
                          },
                        },
                      ],
                    },
                  },
                ],
              },
            },
            {
              "bool": {
                "minimum_should_match": 1,
                "should": [
                  {
                    "bool": {
                      "filter": [
                        {
                          "regexp": {
                            "file.Ext.device.vendor_id": {
                              "case_insensitive": true,
                              "value": "[ 	
       ]*sandisk[ 	
       ]*",
                            },
                          },
                        },
                        {
                          "regexp": {
                            "file.Ext.device.product_id": {
                              "case_insensitive": true,
                              "value": "[ 	
       ]*ultra[ 	
       ]*",
                            },
                          },
                        },
                        {
                          "bool": {
                            "minimum_should_match": 1,
                            "should": [
                              {
                                "bool": {
                                  "filter": [
                                    {
                                      "exists": {
                                        "field": "file.Ext.device.dos_name",
                                      },
                                    },
                                    {
                                      "regexp": {
                                        "file.Ext.device.dos_name": {
                                          "case_insensitive": true,
                                          "value": "[ 	
       ]*e\\:[ 	
       ]*",
                                        },
                                      },
                                    },
                                  ],
                                },
                              },
                              {
                                "bool": {
                                  "filter": [
                                    {
                                      "bool": {
                                        "must_not": [
                                          {
                                            "exists": {
                                              "field": "file.Ext.device.dos_name",
                                            },
                                          },
                                        ],
                                      },
                                    },
                                    {
                                      "regexp": {
                                        "file.Ext.device.nt_name": {
                                          "case_insensitive": true,
                                          "value": "[ 	
       ]*e\\:[ 	
       ]*",
                                        },
                                      },
                                    },
                                  ],
                                },
                              },
                            ],
                          },
                        },
                      ],
                    },
                  },
                ],
              },
            },
          ],
        },
      }
    `);
  });

  it('device events', () => {
    expect(deviceEventsQuery({ hosts: ['ws-042'] })).toMatchInlineSnapshot(`
      {
        "bool": {
          "filter": [
            {
              "terms": {
                "event.action": [
                  "mount",
                  "unmount",
                ],
              },
            },
            {
              "exists": {
                "field": "host.name",
              },
            },
            {
              "range": {
                "@timestamp": {
                  "format": "epoch_millis",
                  "gte": 631152000000,
                  "lt": 4102444800000,
                },
              },
            },
            {
              "terms": {
                "host.name": [
                  "ws-042",
                ],
              },
            },
          ],
          "must_not": [
            {
              "term": {
                "event.outcome": "failure",
              },
            },
            {
              "term": {
                "event.category": "file",
              },
            },
          ],
        },
      }
    `);
  });

  it('a page of activity', () => {
    expect(activityRequest({ fromMs: 0, toMs: 86_400_000 }, 2, { slot: 1 }).aggs).toMatchInlineSnapshot(`
      {
        "groups": {
          "aggs": {
            "bytes": {
              "sum": {
                "field": "file.size",
              },
            },
            "first": {
              "min": {
                "field": "@timestamp",
                "format": "epoch_millis",
              },
            },
            "last": {
              "max": {
                "field": "@timestamp",
                "format": "epoch_millis",
              },
            },
          },
          "composite": {
            "after": {
              "slot": 1,
            },
            "size": 2,
            "sources": [
              {
                "slot": {
                  "date_histogram": {
                    "field": "@timestamp",
                    "fixed_interval": "900000ms",
                  },
                },
              },
              {
                "host": {
                  "terms": {
                    "field": "host.name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "user": {
                  "terms": {
                    "field": "user.name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "process": {
                  "terms": {
                    "field": "process.name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "executable": {
                  "terms": {
                    "field": "process.executable",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "serial": {
                  "terms": {
                    "field": "file.Ext.device.serial_number",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "vendor": {
                  "terms": {
                    "field": "file.Ext.device.vendor_id",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "product": {
                  "terms": {
                    "field": "file.Ext.device.product_id",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "volume": {
                  "terms": {
                    "field": "file.Ext.device.dos_name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "volume1": {
                  "terms": {
                    "field": "file.Ext.device.nt_name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "publisher": {
                  "terms": {
                    "field": "process.code_signature.subject_name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "publisherTrusted": {
                  "terms": {
                    "field": "process.code_signature.trusted",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "sha256": {
                  "terms": {
                    "field": "process.hash.sha256",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "originalFileName": {
                  "terms": {
                    "field": "process.pe.original_file_name",
                    "missing_bucket": true,
                  },
                },
              },
              {
                "parentProcess": {
                  "terms": {
                    "field": "process.parent.name",
                    "missing_bucket": true,
                  },
                },
              },
            ],
          },
        },
      }
    `);
  });
});

describe('clauses', () => {
  it('match nothing for an identity of no known form', () => {
    expect(deviceClause('x', writtenDevice)).toEqual({ match_none: {} });
    expect(deviceClause(`serial:${'A'.repeat(2_000)}`, mountedDevice)).toEqual({ match_none: {} });
  });

  it('read an identity whose names hold the mark between names in every way', () => {
    const { bool } = deviceClause('model:a|b|c|d', mountedDevice) as {
      bool: { filter: { bool: { should: unknown[] } }[] };
    };
    expect(bool.filter.at(-1)?.bool.should).toHaveLength(3);
  });

  it('leave names alone, however they look', () => {
    expect(nameClauses(fields.host, ['*', 'a OR b', '"'])).toEqual([{ terms: { 'host.name': ['*', 'a OR b', '"'] } }]);
    expect(nameClauses(fields.host, [])).toEqual([{ terms: { 'host.name': [] } }]);
    expect(nameClauses(fields.host, undefined)).toEqual([]);
  });

  it('round ends of time up to whole milliseconds', () => {
    expect(timeClauses('t', 0.1, 1.1)).toEqual([{ range: { t: { gte: 1, lt: 2, format: 'epoch_millis' } } }]);
  });

  it('search text without case: ASCII by wildcard, other letters by a pattern that has both', () => {
    expect(containsClause('p', 'a*b')).toEqual({ wildcard: { p: { value: '*a\\*b*', case_insensitive: true } } });
    expect(containsClause('p', 'ä.')).toEqual({ regexp: { p: { value: '.*[äÄ]\\..*', case_insensitive: true } } });
  });

  it('shift hours by an offset', () => {
    expect(compositeOf([{ name: 'h', field: 't', intervalMs: 1, offsetMs: 2 }], 3, undefined).composite).toMatchObject({
      sources: [{ h: { date_histogram: { field: 't', fixed_interval: '1ms', offset: '2ms' } } }],
    });
  });
});
