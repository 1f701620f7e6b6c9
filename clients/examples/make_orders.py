"""Writes orders.jsonl: varied orders, the same ones every time.

python3 make_orders.py 300 > orders.jsonl
"""

import json
import random
import sys

CUSTOMERS = [
    "Ada Okafor", "Grace Lindqvist", "Edsger Jansen", "Barbara Rossi", "Donald Kim",
    "Radia Haddad", "Leslie Moreau", "Frances Novák", "Zoë Brandt", "José Álvarez",
]  # fmt: skip
# An article and its price in cents.
CATALOGUE = {
    "tea-assam-250g": 890, "tea-sencha-100g": 1250, "tea-mint-50g": 420, "honey-acacia": 760,
    "cup-porcelain": 1490, "kettle-steel": 4900, "kettle-copper": 18900, "teapot-cast-iron": 7450,
    "spoon-olive": 350, "tray-walnut": 3900, "filter-paper": 290,
}  # fmt: skip
LARGE = {"samovar-brass": 64900}
SOLD_OUT = {"rare-teapot-ming": 249000, "rare-tea-first-flush": 5600}
COUNTRIES = ["DE", "DE", "DE", "FR", "FR", "US", "JP", "BR"]
# The carriers' map ends there.
FAR_AWAY = "AQ"


def line(draw):
    sku = draw.choice(list(CATALOGUE))
    return {"sku": sku, "quantity": draw.choice([1, 1, 1, 2, 2, 3])}


def order(number, draw):
    lines = [line(draw) for _ in range(draw.choice([1, 1, 2, 2, 3, 4, 6, 9]))]
    fate = draw.random()
    if fate < 0.06:
        lines.append({"sku": draw.choice(list(SOLD_OUT)), "quantity": 1})
    if draw.random() < 0.08:
        # An office that furnishes its kitchen.
        lines.append({"sku": draw.choice(list(LARGE)), "quantity": draw.randint(2, 4)})
    prices = CATALOGUE | LARGE | SOLD_OUT
    # A card that ends in 0000 is declined.
    card = "0000" if 0.06 <= fate < 0.12 else f"{draw.randint(1, 9999):04}"
    return {
        "order_id": f"o{number:04}",
        "customer": draw.choice(CUSTOMERS),
        "country": FAR_AWAY if 0.12 <= fate < 0.15 else draw.choice(COUNTRIES),
        "card": f"4000-12{draw.randint(10, 99)}-{card}",
        "total_cents": sum(prices[one["sku"]] * one["quantity"] for one in lines),
        "lines": lines,
    }


def main():
    draw = random.Random(7)
    for number in range(1, int(sys.argv[1]) + 1):
        print(json.dumps(order(number, draw), ensure_ascii=False))


if __name__ == "__main__":
    main()
