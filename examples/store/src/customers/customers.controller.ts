import { Body, Controller, Get, Post, Redirect, Render } from '@nestjs/common';
import { CurrentVisitor, type Visitor } from '../cart/visitor.middleware.js';
import { CustomersService } from './customers.service.js';
import { SignInForm } from './sign-in.form.js';

@Controller()
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get('sign-in')
  @Render('sign-in')
  form(): object {
    return {};
  }

  @Post('sign-in')
  @Redirect('/', 303)
  async signIn(@CurrentVisitor() { cart }: Visitor, @Body() { name }: SignInForm): Promise<void> {
    await this.customers.signIn(cart, name);
  }

  @Post('sign-out')
  @Redirect('/', 303)
  async signOut(@CurrentVisitor() { cart }: Visitor): Promise<void> {
    await this.customers.signOut(cart);
  }
}
