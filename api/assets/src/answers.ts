// What the server answers to a form sent by script, and what it says went wrong.
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly page = "",
  ) {
    super(message);
  }
}

export async function post(path: string, form: FormData): Promise<Response> {
  const answer = await fetch(path, { method: "POST", body: form, headers: { "HX-Request": "true" } });
  if (answer.ok) return answer;
  const text = await answer.text();
  throw new Refused(why(text, answer.headers.get("content-type") ?? "", answer.statusText), answer.status, text);
}

// A problem says what to do in `detail`; a page of one has it in data-problem.
export function why(text: string, kind: string, otherwise: string): string {
  try {
    if (kind.includes("json")) return (JSON.parse(text) as { detail?: string }).detail ?? otherwise;
  } catch {
    return otherwise;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector<HTMLElement>("[data-problem]")?.dataset.problem ?? otherwise;
}

export function parsed(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}
