"""Validated tool calls from raw JSON to the answer: python benchmarks/tools.py"""

import json

from _timing import Baseline, head, row, seconds

from writ_gym import load_domain


def main() -> None:
    domain = load_domain("retail")
    db = domain.world().db
    baseline = Baseline(db.plain())
    orders = list(db.orders)
    users = list(db.users)
    products = list(db.products)
    turn = iter(range(10**9))

    def raw(name: str, keys: list[str]) -> str:
        return json.dumps({name: keys[next(turn) % len(keys)]})

    session = db.session()
    head("tool call")
    plain = seconds(lambda: baseline.call(raw("order_id", orders)), 5_000)
    for tool, name, keys in (
        ("get_order_details", "order_id", orders),
        ("get_user_details", "user_id", users),
        ("get_product_details", "product_id", products),
    ):
        ours = seconds(
            lambda t=tool, n=name, k=keys: domain.tools.answer(session, t, raw(n, k)), 5_000
        )
        row(tool, ours, plain)
    emails = [user.email for user in db.users.values()]
    row(
        "find_user_id_by_email",
        seconds(
            lambda: domain.tools.answer(session, "find_user_id_by_email", raw("email", emails)),
            5_000,
        ),
        plain,
    )
    row(
        "calculate",
        seconds(
            lambda: domain.tools.answer(session, "calculate", '{"expression": "(1+2)*3.5"}'), 5_000
        ),
        plain,
    )
    pending = [key for key, order in db.orders.items() if order.status == "pending"]

    def cancel() -> None:
        arguments = {"order_id": pending[next(turn) % len(pending)], "reason": "no longer needed"}
        _, error = domain.tools.answer(db.session(), "cancel_pending_order", json.dumps(arguments))
        assert not error

    row("new session + cancel_pending_order", seconds(cancel, 1_000))


if __name__ == "__main__":
    main()
