// A row's JSON, ready-made but for whose it is: "@C@" is the customer's digits, "@O@" the digits and the item's place
// in the list, "@Y@" its year. Texts are kept as binary strings (one character per UTF-8 byte), because joining and
// sending those costs least.
const TOKEN = /@([COY])@/;

export const binary = (value) => Buffer.from(JSON.stringify(value)).latin1Slice();

export class Template {
  constructor(value) {
    const parts = binary(value).split(TOKEN);
    this.texts = parts.filter((_, i) => i % 2 === 0);
    this.slots = parts.filter((_, i) => i % 2 === 1).map((name) => 'COY'.indexOf(name));
  }

  render(customer, item, year) {
    const values = [customer, item, year];
    const { texts, slots } = this;
    let text = texts[0];
    for (let i = 0; i < slots.length; i++) text += values[slots[i]] + texts[i + 1];
    return text;
  }
}
