import { Transform } from 'class-transformer';
import { Length } from 'class-validator';

export class SignInForm {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Length(2, 40, { message: 'Give a name of 2 to 40 letters.' })
  name!: string;
}
