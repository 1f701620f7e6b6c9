"""Writes orders.jsonl: varied orders, the same ones every time.

    python3 make_orders.py 300 > orders.jsonl
"""

import json
import random
import sys

NAMES = ["Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia", "Leslie", "Frances"]
SKUS = ["tea", "cup", "kettle", "spoon", "honey", "tray", "filter", "biscuit"]
COUNTRIES = ["DE", "FR", "DE", "US", "JP"]


def order(number, draw):
    lines = [
        {"sku": draw.choice(SKUS), "quantity": draw.randint(1, 5)}
        for _ in range(draw.choice([1, 2, 2, 3, 5, 8]))
    ]
    if draw.random() < 0.06:
        lines[-1]["sku"] = "rare-teapot"  # always sold out
    large = draw.random() < 0.1
    return {
        "order_id": f"o{number:04}",
        "customer": draw.choice(NAMES),
        "country": draw.choice(COUNTRIES),
        # A card that ends in 0000 is declined.
        "card": f"4000-{draw.randint(1, 9998):04}" if draw.random() > 0.05 else "4000-0000",
        "total_cents": draw.randint(150_000, 400_000) if large else draw.randint(500, 90_000),
        "lines": lines,
    }


def main():
    draw = random.Random(7)
    for number in range(1, int(sys.argv[1]) + 1):
        print(json.dumps(order(number, draw)))


if __name__ == "__main__":
    main()
