/** Makes one call and then has nothing to do: an idle socket must not keep it from ending. */
import { clientFor } from './scripted.server.js';

const { submissionId } = await clientFor(process.argv[2]!).submitConversion([['OrderId', 'order-1']]);
process.send!(submissionId);
process.once('message', () => process.disconnect());
