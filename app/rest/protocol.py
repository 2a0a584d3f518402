"""What is no HTTP request at all gets a problem document too, although no application ever sees it."""

from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.problems import MALFORMED, Problem
from app.rest.problem_documents import MEDIA_TYPE, contents


class ProblemProtocol(HttpToolsProtocol):
    """The server's own protocol, whose one answer of its own is ours."""

    def send_400_response(self, msg: str) -> None:
        """Answers a request that cannot be parsed, and hangs up. `msg` is the parser's own words: not told."""
        del msg
        problem = Problem(MALFORMED, "This is not an HTTP/1.1 request.")
        body = contents(problem, str(uuid4())).model_dump_json().encode()
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncache-control: no-store\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
