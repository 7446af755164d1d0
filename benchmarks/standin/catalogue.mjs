// What is nobody's: 100 shops with 20 products each.
import { Random, pad } from './random.mjs';
import { binary } from './template.mjs';

export const SHOPS = 100;
export const PRODUCTS_PER_SHOP = 20;
const DECIMALS = { EUR: 2, USD: 2, GBP: 2, SEK: 2, JPY: 0, KWD: 3 };
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP', 'SEK', 'JPY', 'KWD'];
const OWNERS = ['Abbott', 'Berg', 'Castillo', 'Dahl', 'Evans', 'Gupta', 'Ito', 'Jansen', 'Kowalski', 'Moreau', 'Müller', 'Okafor'];
const TRADES = ['Supply Co.', 'Outfitters', 'Home', 'Atelier', 'Electronics', 'Books'];
const KINDS = ['Classic', 'Compact', 'Everyday', 'Heavy-duty', 'Lightweight', 'Merino', 'Organic', 'Recycled', 'Vintage', 'Wireless'];
const THINGS = ['Backpack', 'Café Press', 'Desk Lamp', 'Headphones', 'Jacket', 'Keyboard', 'Notebook', 'Rain Shell', 'Running Shoe', 'Tea Kettle', 'Throw Blanket', 'Travel Mug'];

export function money(minor, currencyCode) {
  const decimals = DECIMALS[currencyCode];
  const digits = pad(minor, decimals + 1);
  const amount = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return { amount, currencyCode };
}

function shop(number) {
  const r = new Random(10_000 + number);
  const id = `shop_${pad(number, 3)}`;
  const handle = `shop${pad(number, 3)}`;
  return {
    currency: r.pick(CURRENCIES),
    row: {
      id,
      name: `${r.pick(OWNERS)} & ${r.pick(OWNERS)} ${r.pick(TRADES)}`,
      handle,
      logoUrl: number % 9 === 0 ? null : `https://cdn.example.com/shops/${id}/logo.svg`,
      url: `https://shop.example.com/${handle}`,
      rating: number % 11 === 0 ? null : r.rating(),
      verified: number % 3 !== 0,
    },
  };
}

function product(ofShop, number) {
  const r = new Random(20_000 + number);
  const id = `prd_${pad(number, 5)}`;
  const title = `${r.pick(KINDS)} ${r.pick(THINGS)} No. ${number}`;
  const minor = r.int(499, 24_999);
  return {
    id,
    title,
    minor,
    row: {
      id,
      shopId: ofShop.row.id,
      title,
      description: `${title}, made to last and easy to repair. Ships from our own workshop within two days.`,
      category: r.pick(['Outdoor', 'Kitchen', 'Office', 'Clothing', 'Audio']),
      imageUrl: `https://cdn.example.com/products/${id}/main-640.webp`,
      url: `https://shop.example.com/products/${id}`,
      price: money(minor, ofShop.currency),
      compareAtPrice: number % 4 === 0 ? money(minor + 500, ofShop.currency) : null,
      rating: number % 13 === 0 ? null : r.rating(),
      ratingCount: r.int(0, 5000),
      inStock: number % 7 !== 0,
    },
  };
}

export const shops = Array.from({ length: SHOPS }, (_, i) => shop(i + 1));
export const products = shops.flatMap((one, i) =>
  Array.from({ length: PRODUCTS_PER_SHOP }, (_, j) => product(one, i * PRODUCTS_PER_SHOP + j + 1)),
);

export const shopRows = new Map(shops.map(({ row }) => [row.id, binary(row)]));
export const productRows = new Map(products.map(({ row }) => [row.id, binary(row)]));
