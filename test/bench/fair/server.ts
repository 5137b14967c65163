import { serve } from '../api/serve.ts';
import { USERS } from './users.ts';

await serve({ users: USERS });
