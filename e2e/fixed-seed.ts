import fc from 'fast-check';

/**
 * Property tests draw the same cases in every run, so that a red run is about the change and not about luck.
 * PORTSIDE_TEST_SEED draws others: what they find becomes an example of its own.
 */
fc.configureGlobal({ seed: Number(process.env.PORTSIDE_TEST_SEED ?? 20_261_119) });
