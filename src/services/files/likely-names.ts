import type { Column } from './columns';
import type { FileKind } from './kinds';

/** Common names of a column in files of shops, the likeliest first. For advice only: no file is read by them. In the form of {@link plainName}. */
const COLUMN_NAMES: Readonly<Partial<Record<Column, string>>> = {
  customer_id:
    'customerid customer clientid client userid user memberid member accountid account buyerid buyer shopperid shopper customernumber customerno ' +
    'customernr customercode custid clientnumber useruuid customeremail email emailaddress mail ' +
    'kundennummer kundennr kundenid kunde kdnr besteller ' +
    'idclient clientnumero numeroclient numclient codeclient acheteur ' +
    'idcliente cliente clienteid numerocliente codigocliente codicecliente comprador ' +
    'klantnummer klantid klant klantnr klientid klient idklienta numerklienta kundnummer kundnr kundid kund kundenummer kundeid asiakas asiakasnumero',
  ts:
    'timestamp ts datetime date orderdate orderdatetime ordertimestamp orderedat createdat created creationdate invoicedate purchasedate purchasedat ' +
    'transactiondate saledate eventtime eventdate time paidat processedat placedat ' +
    'bestelldatum auftragsdatum kaufdatum rechnungsdatum datum zeitpunkt zeit zeitstempel uhrzeit ' +
    'datecommande datedecommande datefacture dateachat horodatage ' +
    'fecha fechapedido fechadepedido fechacompra data dataordine dataacquisto datapedido datadopedido datacompra ' +
    'besteldatum orderdatum datazamowienia datazakupu bestallningsdatum ordredato bestillingsdato dato tilauspaiva paivamaara',
  kind: 'kind type eventtype event eventname action transactiontype ordertype art typ vorgang ereignis vorgangsart evenement tipo evento tipoevento soort rodzaj handelse hendelse tyyppi status',
  order_id:
    'orderid ordernumber orderno ordernr order orderref orderreference ordercode invoiceno invoicenumber invoiceid invoice transactionid transactionnumber transaction ' +
    'receiptid receipt basketid purchaseid ' +
    'bestellnummer bestellnr bestellid bestellung auftragsnummer auftragsnr auftrag rechnungsnummer rechnungsnr belegnummer ' +
    'commande idcommande numerocommande numerodecommande numcommande facture numerofacture ' +
    'pedido idpedido numeropedido numerodepedido ordine idordine numeroordine ' +
    'ordernummer bestelnummer bestelling zamowienie numerzamowienia idzamowienia ordrenummer bestillingsnummer tilausnumero',
  amount:
    'amount ordertotal totalamount orderamount ordervalue total totalprice totalvalue grandtotal nettotal grosstotal subtotal revenue sales salesamount spend ' +
    'value price paid amountpaid net gross turnover ' +
    'betrag gesamtbetrag rechnungsbetrag bestellwert auftragswert gesamtpreis summe gesamtsumme umsatz wert preis ' +
    'montant montanttotal total montantttc montantht prix prixtotal valeur ' +
    'importe importetotal monto montototal precio preciototal importo importototale prezzo prezzototale totale valor valortotal preco ' +
    'bedrag totaalbedrag totaal omzet prijs kwota wartosc suma cena belopp totalbelopp summa pris belob totalbelob sum hinta',
  items:
    'items quantity qty units itemssold itemcount numberofitems itemquantity pieces count ' +
    'menge anzahl stuck stuckzahl stueckzahl artikelanzahl quantite qte nombre cantidad unidades quantita quantidade qtd aantal ilosc antal antall maara',
  unit_price:
    'unitprice priceperunit itemprice priceeach einzelpreis stuckpreis stueckpreis prixunitaire preciounitario prezzounitario precounitario stukprijs cenajednostkowa styckpris enhetspris',
  refunded: 'refunded refundedamount amountrefunded refundamount',
  currency: 'currency currencycode wahrung waehrung devise moneda valuta moeda waluta valuutta',
};

/** Values of a column of kinds that mean one of ours, in the form of {@link plainName}. */
const KIND_NAMES: Readonly<Partial<Record<FileKind, string>>> = {
  order:
    'orders purchase purchases purchased sale sales sold buy bought orderplaced orderplace ordered ordercreated ordercompleted placed checkout ' +
    'checkoutcompleted transaction invoice payment paid conversion ' +
    'bestellung auftrag kauf verkauf rechnung commande achat vente pedido compra venta ordine acquisto vendita venda bestelling aankoop verkoop ' +
    'zamowienie zakup sprzedaz kop kjop kob tilaus osto',
  refund:
    'refunds refunded return returned returns orderrefunded orderreturned credit creditnote chargeback ' +
    'retoure ruckgabe erstattung gutschrift remboursement retour reembolso devolucion devolucao rimborso reso terugbetaling zwrot retur palautus ' +
    'erstattet ruckerstattet zuruckerstattet retourniert rembourse remboursee retourne retournee reembolsado reembolsada devuelto devuelta devolvido devolvida ' +
    'rimborsato rimborsata terugbetaald geretourneerd zwrocone zwrocono aterbetald refunderet refundert palautettu 返金 返金済み 返品 退款 已退款 환불',
  cancel:
    'cancelled canceled cancellation ordercancelled ordercanceled void voided storno stornierung annulation cancelacion annullamento cancelamento annulering anulowanie ' +
    'storniert annule annulee anulado anulada cancelado cancelada annullato annullata geannuleerd anulowane anulowano anulowany annullerad annulleret kansellert peruttu ' +
    'キャンセル キャンセル済み 取消 已取消 취소',
  click: 'clicks clicked klick clic productclick',
  browse: 'browses browsed view views viewed pageview pageviews productview viewitem visit visits visited session',
  review: 'reviews reviewed rating ratings rated bewertung avis resena recensione',
};

/** Words of states in which nothing was bought, in the form of {@link plainName}. */
const NEVER_BOUGHT = new Set(
  (
    'failed failure declined rejected denied unpaid expired abandoned draft autodraft checkoutdraft trash ' +
    'fehlgeschlagen abgelehnt unbezahlt abgebrochen abgelaufen entwurf echouee echoue echec refusee refuse impayee ' +
    'fallido fallida rechazado rechazada fallito fallita rifiutato rifiutata falhou recusado recusada mislukt geweigerd nieudane odrzucone misslyckad fejlet 失敗 失败'
  )
    .split(' ')
    .map(plainName),
);
/** Words of states in which nothing is paid yet. */
const WAITS_FOR_PAYMENT = new Set(
  'pending ausstehend attente pendiente attesa pendente wachten oczekuje avvaktar afventer 保留 待付款'
    .split(' ')
    .map(plainName),
);
const PARTLY = /part|teil|delvis|deel|czesc|一部|部分/;

const columnNames = new Map(
  (Object.keys(COLUMN_NAMES) as Column[]).map((column) => [column, COLUMN_NAMES[column]!.split(' ')] as const),
);
const kindNames = new Map(
  (Object.keys(KIND_NAMES) as FileKind[]).flatMap((kind) =>
    KIND_NAMES[kind]!.split(' ').map((name) => [plainName(name), kind] as const),
  ),
);

/** A name without case, accents, punctuation, and what stands in brackets behind it: "Order total (EUR)" → ordertotal. */
export function plainName(name: string): string {
  const bare = name.replace(/(?<=\S)\s*[([].*$/s, '');
  return bare
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[øö]/g, 'o')
    .replace(/ł/g, 'l')
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Words in names of columns that say what a row is, and in names of columns that say it of somebody or something else. */
const OF_ROWS =
  /(type|typ|kind|status|state|statut|etat|estado|stato|action|event|operation|movement|transaction|vorgang|ステータス|状態|状态|種別|区分)/;
const OF_OTHERS =
  /(customer|account|subscription|member|user|client|buyer|shopper|kunde|payment(type|method)|card|method|address)/;

/** Whether a column of this name may say of each row whether it is an order or a refund. */
export function isKindName(name: string): boolean {
  const plain = plainName(name);
  return columnNames.get('kind')!.includes(plain) || (OF_ROWS.test(plain) && !OF_OTHERS.test(plain));
}

/** The likeliest place of a column in a header. Undefined if no name is like one of it. */
export function likelyPosition(header: readonly string[], column: Column): number | undefined {
  const names = header.map(plainName);
  for (const name of [column.replace('_', ''), ...(columnNames.get(column) ?? [])]) {
    const position = names.indexOf(name);
    if (position >= 0) return position;
  }
  return undefined;
}

/** The kind that a value which is no kind of ours is likely to mean. Null if it is like none. */
export function likelyKind(value: string): FileKind | null {
  return kindNames.get(plainName(value)) ?? null;
}

const DENIALS: ReadonlySet<string> = new Set(['no', 'not', 'non', 'never']);

/** Whether a value says that the order never came about: "Payment failed". */
export function isNeverBought(value: string): boolean {
  return [value, ...wordsOf(value)].some((each) => NEVER_BOUGHT.has(plainName(each)));
}

/** Whether a value says that of the whole order, or that it waits for its payment. "Teilweise erstattet" is still an order. */
export function isNoOrder(value: string): boolean {
  if ([value, ...wordsOf(value)].some((each) => WAITS_FOR_PAYMENT.has(plainName(each)))) return true;
  return isNeverBought(value) || (isGivenBack(value) && !PARTLY.test(value.toLowerCase()));
}

function wordsOf(value: string): string[] {
  return value.toLowerCase().split(/[^\p{L}\p{M}]+/u);
}

/** Whether a value says that something came back or was called off: "Partially refunded". A credit may also be a way to pay. */
export function isGivenBack(value: string): boolean {
  const words = wordsOf(value);
  if (words.some((word) => DENIALS.has(word))) return false;
  return [value, ...words].some((each) => {
    const own = each.trim().toLowerCase();
    const kind = own === 'refund' || own === 'cancel' ? own : likelyKind(each);
    return (kind === 'refund' || kind === 'cancel') && plainName(each) !== 'credit';
  });
}
