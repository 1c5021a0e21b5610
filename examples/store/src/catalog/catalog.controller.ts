import { Controller, Get, NotFoundException, Param, Render } from '@nestjs/common';
import { type Product, PRODUCTS, productBySlug } from './products.js';

@Controller()
export class CatalogController {
  @Get()
  @Render('home')
  home(): { products: readonly Product[] } {
    return { products: PRODUCTS };
  }

  @Get('products/:slug')
  @Render('product')
  product(@Param('slug') slug: string): { product: Product } {
    const product = productBySlug(slug);
    if (product === undefined) throw new NotFoundException('We have no such product.');
    return { product };
  }
}
