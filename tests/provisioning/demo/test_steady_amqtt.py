from provisioning.demo.steady_amqtt import Subscriptions


def test_a_subscription_made_during_a_loop_does_not_end_it():
    subscriptions = Subscriptions({"a": [], "b": []})

    for topic in subscriptions:
        subscriptions[f"{topic}/new"] = []
    for topic, subscribers in subscriptions.items():
        subscriptions[f"{topic}/newer"] = subscribers

    assert len(subscriptions) == 8


def test_a_subscriber_who_leaves_during_a_loop_hides_no_other():
    subscriptions = Subscriptions({"a": [("umea-1", 1), ("vindeln-1", 1)]})

    heard = []
    for _, subscribers in subscriptions.items():  # noqa: PERF102 - items() is what is tried
        for subscriber in subscribers:
            subscriptions["a"].remove(subscriber)
            heard.append(subscriber[0])

    assert heard == ["umea-1", "vindeln-1"]
