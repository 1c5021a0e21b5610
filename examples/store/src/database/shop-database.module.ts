import { Global, Module } from '@nestjs/common';
import { ShopDatabase } from './shop.database.js';

@Global()
@Module({ providers: [ShopDatabase], exports: [ShopDatabase] })
export class ShopDatabaseModule {}
