import { type ProblemException, problem } from '#access';

export function badCursor(): ProblemException {
  return problem(
    400,
    'Bad cursor',
    'The cursor is not one of this list: pass "next" of the page before, unchanged.',
  );
}

/** The moment in a cursor, ms since 1970 UTC. Throws a 400 problem for a number that is no moment. */
export function cursorDate(ms: number): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw badCursor();
  return date;
}
