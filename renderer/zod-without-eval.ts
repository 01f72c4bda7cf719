import { config } from 'zod';

/** The window's content policy allows no code made at run time; zod would try, and each try is an error in the console. */
config({ jitless: true });
