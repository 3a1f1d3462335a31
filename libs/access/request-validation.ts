import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldError, problem } from './problem.js';

/** The pipe of every route: DTO classes are the contract, an unknown field is an error that names it. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors: ValidationError[]) => {
      const fields = fieldErrors(errors);
      const names = fields.map((error) => error.field).join(', ');
      return problem(400, 'Invalid request', `Not as documented: ${names}.`, fields);
    },
  });
}

/** Nested errors as a flat list, each with the path of its field. */
export function fieldErrors(errors: readonly ValidationError[], parent = ''): readonly FieldError[] {
  return errors.flatMap((error) => {
    const field = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...fieldErrors(error.children ?? [], field)];
  });
}
