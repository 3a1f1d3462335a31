import { IsString, Length } from 'class-validator';

/** A sign-in: the key that the session stands for. */
export class SignInDto {
  /** The key's text, `lw_…`. */
  @IsString()
  @Length(1, 200)
  key!: string;
}
