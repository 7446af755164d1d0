from services.seed.baskets import Line
from services.seed.clock import NOW
from services.seed.courses import Course
from services.seed.plots import Plot


def order_status(plot: Plot, course: Course) -> str:
    """Tell the OrderStatus that a course has reached by now."""
    if course.cancelled <= NOW:
        return "CANCELLED"
    if course.accepted > NOW:
        return "UNPAID"
    if course.held <= NOW < course.released:
        return "ON_HOLD"
    if course.delivered <= NOW:
        return "COMPLETED" if course.completed <= NOW else "DELIVERED"
    return _on_the_way(plot, course)


def _on_the_way(plot: Plot, course: Course) -> str:
    gone = sum(trip.left <= NOW for trip in course.trips)
    if plot.collect:
        return "AWAITING_COLLECTION" if gone else "AWAITING_SHIPMENT"
    # After a failed delivery somebody has to decide what happens next.
    if any(trip.fails and trip.arrived <= NOW for trip in course.trips) and gone == 1:
        return "ON_HOLD"
    if gone == 0:
        return "AWAITING_SHIPMENT"
    return "PARTIALLY_SHIPPED" if gone < plot.parts else "IN_TRANSIT"


def fulfillment_status(lines: list[Line]) -> str:
    """Tell the FulfillmentStatus from the lines."""
    if all(line.fulfilled == 0 for line in lines):
        return "UNFULFILLED"
    return "FULFILLED" if all(line.fulfilled == line.quantity for line in lines) else "PARTIALLY_FULFILLED"
