from tests.accuracy.written import script_calls
from tests.benchmarks.understanding import HOUR_S, hour_of


def test_an_hour_is_whole_calls_in_time_order() -> None:
    calls = [call for call in script_calls() if call.language == "fr"]
    hearing, meeting = hour_of(calls)
    longest = max(call.hearing.duration_s for call in calls)
    assert HOUR_S <= hearing.duration_s < HOUR_S + longest
    starts = [word.span.start for word in hearing.words]
    assert starts == sorted(starts)
    assert len(starts) > 7000
    assert meeting == calls[0].meeting
