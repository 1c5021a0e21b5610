import { IsEmail, Length } from 'class-validator';

export class CheckoutForm {
  @Length(2, 80, { message: 'Who is it for? Give a name.' })
  name!: string;

  @IsEmail({}, { message: 'We need an e-mail address to send the receipt to.' })
  email!: string;

  @Length(5, 200, { message: 'Where should it go? Give an address.' })
  address!: string;
}
