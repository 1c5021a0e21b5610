import { Type } from 'class-transformer';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';

export class CartItemForm {
  @IsString()
  sku!: string;

  @Type(() => Number)
  @IsInt({ message: 'How many? Give a whole number.' })
  @Min(0)
  @Max(50, { message: 'That is more than we have on the shelf: 50 at most.' })
  quantity!: number;
}

export class CouponForm {
  @Length(1, 40, { message: 'Enter the code first.' })
  code!: string;
}
