/** Plans and carries out one action on this machine and prints what came of it: `act.ts LOG ACTION-AS-JSON`. */
import { makeLiveActions } from '../../electron/capture/live-actions.ts';
import { openSessionLog } from '../../electron/capture/session-log.ts';

const [path = '', action = '{}'] = process.argv.slice(2);
const actions = makeLiveActions({ log: openSessionLog(path) });
const plan = await actions.plan(JSON.parse(action));
const { outcome } = await actions.act(plan.planId);
process.stdout.write(`${JSON.stringify({ effect: plan.effect, outcome })}\n`);
