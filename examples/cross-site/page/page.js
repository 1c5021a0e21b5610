/* global impactClick */
const API = 'https://api.shop.example';
const $ = (id) => document.getElementById(id);

// Like many front ends, this one cleans its address at once. The script has read it before.
history.replaceState(null, '', location.pathname);

$('yes').addEventListener('click', () => decide(true));
$('no').addEventListener('click', () => decide(false));

function decide(yes) {
  $('banner').hidden = true;
  void impactClick.consent(yes);
}

/** Calls the API with the click's token: no cookie of the API's site reaches it from here. */
async function call(path, body) {
  const token = localStorage.getItem('impact_click');
  const answer = await fetch(API + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { 'x-impact-click': token } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return answer.json();
}

function onSubmit(id, work) {
  $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    void work();
  });
}

let customer;

onSubmit('sign-up', async () => {
  customer = await call('/customers', { name: $('name').value });
  $('status').textContent = `Signed up as ${customer.id}.`;
  $('checkout').querySelector('button').disabled = false;
});

onSubmit('checkout', async () => {
  const order = await call('/orders', { customer: customer.id });
  $('status').textContent = `Ordered: ${order.number}. Thank you.`;
  $('checkout').querySelector('button').disabled = true;
  await follow(order.number);
});

async function follow(number) {
  const story = await call(`/orders/${number}`);
  $('story').hidden = false;
  $('state').textContent = story.state;
  $('lines').replaceChildren(
    ...story.lines.map((words) => Object.assign(document.createElement('li'), { textContent: words })),
  );
  if (['RECORDED', 'SENT'].includes(story.state)) setTimeout(() => void follow(number), 500);
}
